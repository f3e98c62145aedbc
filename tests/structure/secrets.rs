//! Who reads secrets of a tenant as they are: the reader has digests in their place, except for the files that are named here.

use super::{root, written};

/// Files that may read secrets as they are, each with the reason.
const PLACES: [(&str, &str); 3] = [
    (
        "src/fleet/load/objects.rs",
        "keeps which settings a payload of a profile has, without the secrets in it",
    ),
    ("src/jobs.rs", "jobs on profiles send a payload back as it was, or with one change"),
    (
        "src/payloads.rs",
        "a payload that Jamf Pro would break is sent back as it was with a change of its profile",
    ),
];

#[test]
fn secrets_are_read_as_they_are_by_the_files_that_send_them_back() {
    let mut files = Vec::new();
    written(&root().join("src"), &mut files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(file).unwrap();
        if text.contains("read_with_secrets") {
            found.push(name);
        }
    }
    found.sort();
    assert_eq!(found, PLACES.map(|(file, _)| file), "these files read secrets as they are");
}
