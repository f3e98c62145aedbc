//! The example configuration, so that it never lies.

use std::path::PathBuf;

use jamf_pro_mcp::config::{Config, Overrides, load};
use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::exposure::Surface;
use serde_json::Value;

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.json"))
}

#[test]
fn it_is_read_and_works() {
    let config = load(&Overrides { file: Some(path()), values: Vec::new() }).unwrap();
    assert_eq!(config.tenants.keys().collect::<Vec<_>>(), ["production", "staging"]);
    assert!(!Surface::new(registry(), &config, None).unwrap().listed_tools().is_empty());
}

#[test]
fn it_fits_the_published_schema_and_leaves_nothing_out() {
    let example: Value = serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap();
    let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&example));
    let missing = |schema: &Value, value: &Value| -> Vec<String> {
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| value.get(key.as_str()).is_none())
            .cloned()
            .collect()
    };
    // One tenant in short form is the other way to write `tenants`.
    assert_eq!(missing(&schema, &example), ["url", "client_id", "secret", "label", "ca_file"]);
    for (name, part) in [
        ("HttpConfig", "http"),
        ("FleetConfig", "fleet"),
        ("GateConfig", "gate"),
        ("AuditConfig", "audit"),
        ("LogConfig", "log"),
    ] {
        assert!(missing(&schema["$defs"][name], &example[part]).is_empty(), "{part}");
    }
    assert!(missing(&schema["$defs"]["TenantConfig"], &example["tenants"]["production"]).is_empty());
}
