//! Who can change a tenant: the writer of the client is named in one file of the server, so that nothing leaves but by a permit.

use super::{root, written};

/// The file that makes permits out of writers.
const PLACE: &str = "src/gate/permit.rs";

/// The lines of a text, without comments, that name the writer of the client; those of other packages are named with their package.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let writer =
        regex::Regex::new(r"(^|[^:\w])Writer\b|jamf_pro_client::(Writer|\*)|client::Writer").unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).filter(move |line| writer.is_match(line))
}

#[test]
fn the_writer_is_named_where_permits_are_made_and_nowhere_else() {
    let mut files = Vec::new();
    written(&root().join("src"), &mut files);
    let mut wrong = Vec::new();
    let mut is_at_its_place = false;
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(file).unwrap();
        if name == PLACE {
            is_at_its_place = lines(&text).next().is_some();
            continue;
        }
        wrong.extend(lines(&text).map(|line| format!("{name}: {}", line.trim())));
    }
    assert!(is_at_its_place, "{PLACE} has no writer any more");
    assert!(wrong.is_empty(), "only {PLACE} may name the writer of a tenant:\n{}", wrong.join("\n"));
}

#[test]
fn a_writer_is_found_however_it_is_named() {
    for named in [
        "use jamf_pro_client::{Reader, Writer};",
        "let writer = jamf_pro_client::Writer::new(&config)?;",
        "use jamf_pro_client::Writer as Other;",
        "use jamf_pro_client::*;",
        "let writer = client::Writer::new(&config)?;",
        "    writer: Writer,",
        "fn of(writer: &Writer) {}",
    ] {
        assert_eq!(lines(named).count(), 1, "{named}");
    }
    for other in ["csv::Writer<W>", "quick_xml::Writer::new(text)", "// The Writer", "struct WriterOf;"] {
        assert_eq!(lines(other).count(), 0, "{other}");
    }
}
