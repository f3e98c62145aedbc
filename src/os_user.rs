//! The user of the operating system that this process runs as. It is the principal of every call on the command line and on
//! standard input and output. The id counts, which nobody chooses; the name stands before it for people. No variable of the
//! environment is asked.

use std::sync::OnceLock;

use crate::sanitize::text;

/// The principal: name and id, such as `anna (uid 501)`, or `anna (S-1-5-21-…)` on Windows.
pub fn principal() -> &'static str {
    static PRINCIPAL: OnceLock<String> = OnceLock::new();
    PRINCIPAL.get_or_init(|| {
        let (name, id) = user();
        match name.map(|name| text::line(&name)).filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} ({id})"),
            None => id,
        }
    })
}

/// Whether a record of an earlier version, which had the name alone, is of this user.
pub fn has_name(recorded: &str, who: &str) -> bool {
    who == principal() && !recorded.is_empty() && former_name().is_some_and(|name| name == recorded)
}

/// What earlier versions recorded of this user.
pub fn former_name() -> Option<&'static str> {
    principal().rsplit_once(" (").map(|(name, _)| name)
}

#[cfg(unix)]
fn user() -> (Option<String>, String) {
    let uid = uzers::get_effective_uid();
    let name = uzers::get_user_by_uid(uid).map(|user| user.name().to_string_lossy().into_owned());
    (name, format!("uid {uid}"))
}

#[cfg(windows)]
fn user() -> (Option<String>, String) {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind, Users};
    let sid = sysinfo::get_current_pid().ok().and_then(|pid| {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().with_user(UpdateKind::Always);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
        system.process(pid)?.user_id().cloned()
    });
    match sid {
        Some(sid) => {
            let users = Users::new_with_refreshed_list();
            (users.get_user_by_id(&sid).map(|user| user.name().to_owned()), sid.to_string())
        }
        None => (None, "a user whose id Windows does not tell".to_owned()),
    }
}

#[cfg(not(any(unix, windows)))]
fn user() -> (Option<String>, String) {
    (None, "a user whose id this system does not tell".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_principal_and_the_name_of_earlier_versions_is_known() {
        let who = principal();
        #[cfg(unix)]
        assert!(who.contains(&format!("uid {}", uzers::get_effective_uid())), "{who}");
        if let Some(name) = former_name() {
            assert!(has_name(name, who));
            assert!(!has_name(name, "another caller") && !has_name("another", who));
        }
        assert!(!has_name("", who));
    }
}
