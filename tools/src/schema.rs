//! From a type's schema to the one dialect that every client takes.
