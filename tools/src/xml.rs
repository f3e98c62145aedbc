//! The encoder: JSON of a documented body type to the XML that the Classic API takes, in schema order.
