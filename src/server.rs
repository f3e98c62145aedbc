//! The MCP face: one handler for every transport, written by hand over the catalogue.
