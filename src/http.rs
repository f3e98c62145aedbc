//! The HTTP server: Streamable HTTP, the older HTTP+SSE, and who may reach them.
