//! The title of a plan: a sentence with a verb and a name, such as `Lock Farid Nkosi's MacBook (ZZ3FF0F672)` or `Delete the building
//! “Berlin”`. It is the title of the tool with what the call is about in the place of the noun. The main function is [`of_call`].

use jamf_pro_tools::{Action, Risk};
use serde_json::{Map, Value};

use super::draft::several;
use super::fleet::{COMPUTER, FleetDevice, MOBILE_DEVICE};
use super::reach::plain;
use crate::jobs::text_at;
use crate::plan::Target;
use crate::sanitize::text;

/// How titles of tools call devices that a call names. Longer ones come first.
const DEVICES: &[&str] = &[
    "a mobile device",
    "one mobile device",
    "mobile devices",
    "a lost device",
    "lost devices",
    "a Shared iPad",
    "a computer",
    "one computer",
    "computers",
    "a device",
    "one device",
    "devices",
];

/// Where the noun of a title ends.
const AFTER_NOUN: &[&str] = &[" to ", " by ", " on ", " from ", " for ", " into ", " again", " with "];

/// Longest name in a title, in characters.
const NAME: usize = 80;

/// Objects that a title names one by one.
const NAMED: usize = 3;

/// What a call is about.
#[derive(Debug, Default)]
pub(super) enum About {
    /// Nothing that has a name.
    #[default]
    Nothing,
    /// An object, by its name, or by its id where it has none.
    Object { name: String, id: String },
    /// Several objects of one kind, by their names.
    Objects(Vec<String>),
    /// What has a title of its own, whichever tool it is.
    Titled(String),
}

impl About {
    /// The name of an object without marks around it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Object { name, .. } => name,
            Self::Nothing | Self::Objects(_) | Self::Titled(_) => "",
        }
    }
}

/// The name of an object, wherever it has it.
pub(super) fn name_of(object: Option<&Value>) -> Option<String> {
    let object = object?;
    ["name", "general.name", "displayName", "groupName", "general.displayName", "username", "profileName"]
        .iter()
        .map(|path| text_at(object, path))
        .find(|name| !name.is_empty())
        .map(|name| text::line(&name))
}

/// What a call is about, for its title: the object as it is, or what is made or sent.
pub(super) fn about(action: &Action, arguments: &Map<String, Value>, before: Option<&Value>) -> About {
    if let Some(objects) = several(action, before) {
        let name = |(id, object): (&String, &Value)| name_of(Some(object)).unwrap_or_else(|| id.clone());
        return About::Objects(objects.iter().map(name).collect());
    }
    let file = action.file_argument().and_then(|argument| arguments.get(argument)).map(plain);
    let name = name_of(before).or_else(|| name_of(arguments.get("body"))).or(file).unwrap_or_default();
    About::Object { name, id: arguments.get("id").map(plain).unwrap_or_default() }
}

/// The title of a plan for one call.
pub(super) fn of_call(
    title: &str,
    risk: Risk,
    targets: &[FleetDevice],
    about: &About,
    arguments: &Map<String, Value>,
) -> String {
    if let About::Titled(title) = about {
        return title.clone();
    }
    let targets: Vec<&Target> = targets.iter().map(|device| &device.target).collect();
    let title = if title.contains('{') {
        filled_in(title, &targets, about, arguments)
    } else {
        // A device is named by itself: its record is no object besides.
        match targets.as_slice() {
            [] => with_object(title, about),
            targets => with_devices(title, risk, targets),
        }
    };
    text::line(&title)
}

/// A title that says where the names stand.
fn filled_in(title: &str, targets: &[&Target], about: &About, arguments: &Map<String, Value>) -> String {
    let mut filled = title.replace("{devices}", &devices(targets)).replace("{object}", &object(about));
    for (name, value) in arguments {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        filled = filled.replace(&format!("{{{name}}}"), &cut(&text));
    }
    filled
}

/// The devices in the place of the noun that stands for them, or at the end.
fn with_devices(title: &str, risk: Risk, targets: &[&Target]) -> String {
    let named = devices(targets);
    let found = DEVICES.iter().filter_map(|noun| Some((position(title, noun)?, *noun)));
    // A longer noun ends where a shorter one does and begins before it.
    let last = found.max_by_key(|(at, noun)| (at + noun.len(), noun.len()));
    let Some((at, noun)) = last else {
        let title = if risk == Risk::Secret { definite(title) } else { title.to_owned() };
        let preposition = if risk == Risk::Secret { "of" } else { "on" };
        return format!("{title} {preposition} {named}");
    };
    let before = title.get(..at).unwrap_or_default();
    let before = if risk == Risk::Secret { definite(before) } else { before.to_owned() };
    let after = title.get(at + noun.len()..).unwrap_or_default();
    let after = if targets.len() == 1 { after.replace(" their ", " its ") } else { after.to_owned() };
    format!("{before}{named}{after}")
}

/// Where a noun stands as a whole word that no other noun follows.
fn position(title: &str, noun: &str) -> Option<usize> {
    let fits = |(at, _): &(usize, &str)| {
        let before = title.get(..*at).unwrap_or_default();
        let after = title.get(at + noun.len()..).unwrap_or_default();
        let ends = after.is_empty() || AFTER_NOUN.iter().any(|word| after.starts_with(word.trim_end()));
        before.ends_with(' ') && ends
    };
    title.match_indices(noun).filter(fits).last().map(|(at, _)| at)
}

/// The object in the place of the noun that stands for it.
fn with_object(title: &str, about: &About) -> String {
    let named = object(about);
    if named.is_empty() {
        return title.to_owned();
    }
    if let (About::Objects(_), Some((before, noun))) = (about, title.split_once("several ")) {
        return format!("{before}{named}").replacen("{noun}", noun, 1);
    }
    let article = [" a ", " an ", " one "]
        .iter()
        .filter_map(|article| Some((title.rfind(article)?, *article)))
        .max_by_key(|(at, _)| *at);
    let Some((at, article)) = article else { return format!("{title} {named}") };
    let (before, rest) = title.split_at(at);
    let noun = rest.strip_prefix(article).unwrap_or(rest);
    let end = AFTER_NOUN.iter().filter_map(|word| noun.find(word)).min().unwrap_or(noun.len());
    let (noun, after) = noun.split_at(end);
    format!("{before} the {noun} {named}{after}")
}

/// The first indefinite noun of a title as the one that there is.
fn definite(title: &str) -> String {
    let article = [" a ", " an ", " one "].iter().find(|article| title.contains(**article));
    article.map_or_else(|| title.to_owned(), |article| title.replacen(article, " the ", 1))
}

fn object(about: &About) -> String {
    match about {
        About::Nothing | About::Titled(_) => String::new(),
        About::Object { name, id } if name.is_empty() && id.is_empty() => String::new(),
        About::Object { name, id } if name.is_empty() => format!("with the id {}", cut(id)),
        About::Object { name, .. } => name_in_marks(name),
        About::Objects(names) => {
            let list: Vec<String> = names.iter().take(NAMED).map(|name| name_in_marks(name)).collect();
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} {{noun}}: {}{more}", names.len(), list.join(", "))
        }
    }
}

/// A name between the marks that no name has then.
pub(super) fn name_in_marks(name: &str) -> String {
    format!("“{}”", cut(&name.replace(['“', '”'], "\"")))
}

fn cut(name: &str) -> String {
    let line = text::line(name);
    match line.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// One device by its name and serial number, several by how many there are.
pub(super) fn devices(targets: &[&Target]) -> String {
    match targets {
        [one] => one.label(),
        many => count_of(many.len(), &kinds(many)),
    }
}

fn kinds<'a>(targets: &[&'a Target]) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = targets.iter().map(|target| target.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// `1 Mac`, `19 Macs`, `3 mobile devices`, `2 devices`.
pub(super) fn count_of(count: usize, kinds: &[&str]) -> String {
    let (one, many) = match kinds {
        [kind] if *kind == COMPUTER.name => ("Mac", "Macs"),
        [kind] if *kind == MOBILE_DEVICE.name => ("mobile device", "mobile devices"),
        _ => ("device", "devices"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The title of a change of a group's members.
pub(super) fn of_members(kind: &str, added: usize, removed: usize, group: &str) -> String {
    let group = name_in_marks(group);
    let count = |count| count_of(count, &[kind]);
    match (added, removed) {
        (added, 0) => format!("Add {} to group {group}", count(added)),
        (0, removed) => format!("Remove {} from group {group}", count(removed)),
        (added, removed) => {
            format!("Add {} to group {group} and remove {} from it", count(added), count(removed))
        }
    }
}

/// The title of a window: what its tools do, to which devices, for how long.
pub(super) fn of_window(
    tools: &[(String, Risk)],
    targets: &[FleetDevice],
    group: Option<&str>,
    minutes: u32,
) -> String {
    let of_group = group.map(|group| format!(" of group {}", name_in_marks(group))).unwrap_or_default();
    let titles = tools.iter().enumerate().map(|(at, (title, risk))| {
        let title = title.replace("{username}", "any account");
        let title = of_call(&title, *risk, targets, &About::Nothing, &Map::new());
        if at == 0 { title } else { lower_first(&title) }
    });
    format!("{}{of_group} for {minutes} minutes", titles.collect::<Vec<_>>().join(" or "))
}

/// The title of a plan for several calls: how many, and what each does.
pub(super) fn of_calls(titles: &[&str]) -> String {
    let named: Vec<&str> = titles.iter().take(NAMED).copied().collect();
    let more = titles.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("Make {} calls: {}{more}", titles.len(), named.join("; "))
}

fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;
    use serde_json::json;

    use super::*;
    use crate::registry::Tool;

    /// The verbs that titles begin with. A noun in their place would be a title that was made of a tool's name.
    const VERBS: &[&str] = &[
        "Add",
        "Apply",
        "Ask",
        "Cancel",
        "Change",
        "Check",
        "Clear",
        "Clone",
        "Collect",
        "Create",
        "Delete",
        "Deploy",
        "Disable",
        "Dismiss",
        "Download",
        "Enable",
        "End",
        "Erase",
        "Flush",
        "Generate",
        "List",
        "Lock",
        "Log",
        "Migrate",
        "Plan",
        "Play",
        "Put",
        "Recalculate",
        "Reclaim",
        "Refresh",
        "Register",
        "Reinstall",
        "Remove",
        "Rename",
        "Renew",
        "Replace",
        "Request",
        "Reset",
        "Restart",
        "Restore",
        "Retry",
        "Return",
        "Revoke",
        "Send",
        "Set",
        "Show",
        "Shut",
        "Start",
        "Stop",
        "Switch",
        "Synchronize",
        "Turn",
        "Unlock",
        "Update",
        "Upload",
        "Install",
        "Validate",
    ];

    fn device(number: usize) -> FleetDevice {
        FleetDevice {
            target: Target {
                kind: "computer".to_owned(),
                id: number.to_string(),
                management_id: format!("m{number}"),
                name: "Farid Nkosi's MacBook".to_owned(),
                serial: format!("ZZ3FF0F67{number}"),
                owner: "farid.nkosi1".to_owned(),
                ..Target::default()
            },
            is_managed: true,
            site: String::new(),
            groups: Vec::new(),
            building: None,
            department: None,
        }
    }

    fn of(tool: &str, targets: &[FleetDevice], name: &str) -> String {
        let tool = Tool::Action(Catalogue::get().find(tool).unwrap());
        let arguments = json!({ "username": "farid.nkosi1" });
        let about = About::Object { name: name.to_owned(), id: "7".to_owned() };
        let about = if name.is_empty() { About::Nothing } else { about };
        of_call(&tool.plan_title(), tool.risk(), targets, &about, arguments.as_object().unwrap())
    }

    #[test]
    fn a_title_says_what_is_done_to_which_device_or_object() {
        let one = [device(2)];
        let many: Vec<FleetDevice> = (0..19).map(device).collect();
        let titles = [
            (of("device_lock", &one, ""), "Lock Farid Nkosi's MacBook (ZZ3FF0F672)"),
            (of("computer_erase", &one, "x"), "Erase Farid Nkosi's MacBook (ZZ3FF0F672)"),
            (of("device_restart", &many, ""), "Restart 19 Macs"),
            (of("recovery_lock_set", &one, ""), "Set a recovery lock on Farid Nkosi's MacBook (ZZ3FF0F672)"),
            (
                of("computer_filevault_get", &one, ""),
                "Show the FileVault recovery key of Farid Nkosi's MacBook (ZZ3FF0F672)",
            ),
            (
                of("local_admin_password_get", &one, ""),
                "Show the LAPS password of farid.nkosi1 on Farid Nkosi's MacBook (ZZ3FF0F672)",
            ),
            (of("computer_delete", &one, "x"), "Delete the record of Farid Nkosi's MacBook (ZZ3FF0F672)"),
            (of("policy_update", &[], "Rename Computer"), "Change the policy “Rename Computer”"),
            (of("building_delete", &[], "Berlin"), "Delete the building “Berlin”"),
            (of("package_deploy", &[], "Office"), "Deploy the package “Office” by MDM"),
            (of("policy_log_flush", &[], "Office"), "Flush the log of the policy “Office”"),
            (of("sso_disable", &[], ""), "Turn off single sign-on"),
        ];
        for (title, expected) in titles {
            assert_eq!(title, expected);
        }
        let several = About::Objects(["A", "B", "C", "D"].map(str::to_owned).to_vec());
        assert_eq!(
            of_call("Delete several buildings", Risk::Destructive, &[], &several, &Map::new()),
            "Delete 4 buildings: “A”, “B”, “C” and 1 more"
        );
        assert_eq!(of_members("computer", 0, 1, "Pilot"), "Remove 1 Mac from group “Pilot”");
        assert_eq!(of_members("computer", 2, 1, "P"), "Add 2 Macs to group “P” and remove 1 Mac from it");
        let restart = [("Restart a device".to_owned(), Risk::Destructive)];
        assert_eq!(of_window(&restart, &many, None, 60), "Restart 19 Macs for 60 minutes");
    }

    #[test]
    fn no_title_of_a_plan_repeats_anything_or_has_the_name_of_a_tool() {
        let (one, many) = ([device(2)], (0..19).map(device).collect::<Vec<_>>());
        let actions = Catalogue::get().actions().filter(|action| action.risk != Risk::Read);
        let jobs = crate::jobs::JOBS.iter().map(|job| Tool::Job(&job.declaration));
        let jobs = jobs.filter(|job| job.risk() != Risk::Read && !job.plan_title().is_empty());
        let mut wrong = Vec::new();
        for tool in actions.map(Tool::Action).chain(jobs) {
            for (targets, name) in
                [(&[] as &[FleetDevice], ""), (&[], "Berlin"), (one.as_slice(), ""), (many.as_slice(), "")]
            {
                let arguments = json!({ "username": "farid.nkosi1", "guid": "g" });
                let about = About::Object { name: name.to_owned(), id: String::new() };
                let title =
                    of_call(&tool.plan_title(), tool.risk(), targets, &about, arguments.as_object().unwrap());
                let words: Vec<&str> = title.split(' ').collect();
                let repeats = words.windows(2).any(|two| two.first() == two.last())
                    || title.matches("Farid Nkosi").count() > 1
                    || title.matches("Berlin").count() > 1
                    || title.matches("19 Macs").count() > 1;
                let names_all = (name.is_empty() || title.contains("“Berlin”") || title.contains("{"))
                    && (targets.len() != 1 || title.contains("Farid Nkosi's MacBook (ZZ3FF0F672)"))
                    && (targets.len() < 2 || title.contains("19 Macs"));
                let begins = words.first().is_some_and(|verb| VERBS.contains(verb));
                // A title that says where devices stand is one of calls on devices.
                let of_devices = (targets.is_empty() && tool.plan_title().contains("{devices}"))
                    || (!targets.is_empty() && tool.plan_title().contains("{object}"));
                if repeats || !begins || title.contains(['{', '_']) || (!names_all && !of_devices) {
                    wrong.push(format!("{}: {title}", tool.name()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
