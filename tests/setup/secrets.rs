//! `secret`: from standard input into a file or the keychain, and out again; never shown.

use std::io::{Read, Write};
use std::process::Stdio;

use crate::home::Home;

#[test]
fn a_secret_goes_into_a_file_of_its_own_and_out_again() {
    let home = Home::new();
    let path = home.path("kept/secret");
    let file = path.to_str().unwrap();
    let said =
        home.run_with(&["secret", "set", "production", "--file", file], "\u{feff} hunter2 \nnot this\n");
    assert_eq!(said.status, 0, "{}", said.text);
    assert_eq!(home.read("kept/secret"), "hunter2\n");
    assert!(said.text.contains("\"file\"") && !said.text.contains("hunter2"), "{}", said.text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A later secret takes its place; what is none does not.
    assert_eq!(home.run_with(&["secret", "set", "production", "--file", file], "hunter3").status, 0);
    for nothing in ["", " \n", "${SECRET}\n"] {
        let said = home.run_with(&["secret", "set", "production", "--file", file], nothing);
        assert_eq!(said.status, 1, "{nothing:?}: {}", said.text);
    }
    assert_eq!(home.read("kept/secret"), "hunter3\n");
    let cleared = home.run(&["secret", "clear", "production", "--file", file]);
    assert!(cleared.status == 0 && !path.exists(), "{}", cleared.text);
    let again = home.run(&["secret", "clear", "production", "--file", file]);
    assert!(again.status == 0 && again.text.contains("There is no secret"), "{}", again.text);
}

#[test]
fn a_secret_is_no_argument() {
    let home = Home::new();
    let said = home.run(&["secret", "set", "production", "hunter2"]);
    assert_eq!(said.status, 2, "{}", said.text);
}

/// The keychain of this system, where it has one: what is set is what a configuration reads.
#[test]
fn a_secret_in_the_keychain_is_the_one_that_a_configuration_reads() {
    let home = Home::new();
    let name = format!("jamf-pro-mcp-test-{}", std::process::id());
    let said = home.run_with(&["secret", "set", &name], "hunter2\n");
    assert!(!said.text.contains("hunter2"), "{}", said.text);
    if said.status != 0 {
        // A container or a service has none: then it says so, and what else there is.
        assert!(said.text.contains("keychain") && said.text.contains("secret.file"), "{}", said.text);
        return;
    }
    let config =
        serde_json::json!({ "url": "http://127.0.0.1:9", "client_id": "x", "secret": { "keychain": name } });
    let path = home.write("config.json", &config.to_string());
    let doctor = home.run(&["doctor", "--config", path.to_str().unwrap()]);
    assert!(!doctor.text.contains("keychain entry"), "{}", doctor.text);
    assert_eq!(home.run(&["secret", "clear", &name]).status, 0);
    let again = home.run(&["secret", "clear", &name]);
    assert!(again.text.contains("There is no secret"), "{}", again.text);
}

/// A person at a terminal: what is typed is not shown, and an interrupt leaves the terminal as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_secret_that_is_typed_is_not_shown() {
    let home = Home::new();
    let path = home.path("kept/secret");
    let program = crate::home::program();
    let command = format!("'{program}' secret set production --file '{}'; stty -a", path.display());
    let typed = |text: &str| -> String {
        let mut terminal = std::process::Command::new("script");
        terminal
            .args(["--quiet", "--command", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = terminal.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut said = Vec::new();
        let mut byte = [0];
        // The person sees the question first.
        while !said.ends_with(b"shown): ") && output.read(&mut byte).unwrap() > 0 {
            said.push(byte[0]);
        }
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        output.read_to_end(&mut said).unwrap();
        child.wait().unwrap();
        String::from_utf8_lossy(&said).into_owned()
    };
    let said = typed("hunter2\n");
    assert_eq!(home.read("kept/secret"), "hunter2\n", "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let stopped = typed("hunter3\u{3}");
    assert!(stopped.contains("cancelled") && !stopped.contains("hunter3"), "{stopped}");
    for said in [said, stopped] {
        assert!(said.contains(" echo ") && said.contains("isig icanon"), "{said}");
    }
    assert_eq!(home.read("kept/secret"), "hunter2\n");
}
