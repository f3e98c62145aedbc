//! Titles for people, made of the names of tools: `building_list` is "List buildings". An action whose name gives no good title
//! declares one with `.title(…)`.

/// Words that are written in a way of their own.
const WRITTEN: &[(&str, &str)] = &[
    ("adcs", "AD CS"),
    ("api", "API"),
    ("csa", "cloud services"),
    ("csv", "CSV"),
    ("ddm", "DDM"),
    ("der", "DER"),
    ("digicert", "DigiCert"),
    ("entra", "Entra"),
    ("gsx", "GSX"),
    ("google", "Google"),
    ("guid", "GUID"),
    ("ibeacon", "iBeacon"),
    ("ibeacons", "iBeacons"),
    ("id", "ID"),
    ("idp", "identity provider"),
    ("ios", "iOS"),
    ("jamf", "Jamf"),
    ("json", "JSON"),
    ("ldap", "LDAP"),
    ("m2m", "M2M"),
    ("mac", "Mac"),
    ("macos", "macOS"),
    ("mdm", "MDM"),
    ("oidc", "OIDC"),
    ("os", "OS"),
    ("pem", "PEM"),
    ("pin", "PIN"),
    ("prestage", "PreStage"),
    ("prestages", "PreStages"),
    ("smtp", "SMTP"),
    ("sso", "single sign-on"),
    ("url", "URL"),
    ("venafi", "Venafi"),
    ("vpp", "volume purchasing"),
];

/// Names of several words, as names of tools have them, and as they are written.
const PHRASES: &[(&str, &str)] = &[
    ("account_driven", "account-driven"),
    ("app_installer_deployment", "App Installer deployment"),
    ("app_installer", "App Installer"),
    ("check_in", "check-in"),
    ("dock_item", "Dock item"),
    ("jamf_connect", "Jamf Connect"),
    ("jamf_protect", "Jamf Protect"),
    ("mac_address", "MAC address"),
    ("mac_addresses", "MAC addresses"),
    ("mobile_group", "mobile device group"),
    ("mobile_profile", "mobile device profile"),
    ("patch_available_title", "available patch title"),
    ("push_disabled_device", "device without push"),
    ("remote_assist", "Remote Assist"),
    ("return_to_service", "Return to Service configuration"),
    ("self_service_branding_ios", "Self Service branding of iOS"),
    ("self_service_branding_macos", "Self Service branding of macOS"),
    ("self_service_plus", "Self Service+"),
    ("self_service", "Self Service"),
    ("teacher_app", "Jamf Teacher"),
    ("parent_app", "Jamf Parent"),
    ("team_viewer", "TeamViewer"),
    ("tomcat", "Tomcat"),
    ("user_content_search", "search of user content"),
];

/// What a name may end with, the verb that it becomes, and how the noun before it is said. The longest come first.
const VERBS: &[(&str, &str, Noun)] = &[
    ("history_list", "List the history of", Noun::One),
    ("history_note", "Add a note to the history of", Noun::One),
    ("history_export", "Export the history of", Noun::One),
    ("delete_several", "Delete several", Noun::Several),
    ("delete_all", "Delete all", Noun::Several),
    ("list", "List", Noun::Several),
    ("export", "Export", Noun::Several),
    ("get", "Get", Noun::One),
    ("create", "Create", Noun::One),
    ("update", "Change", Noun::One),
    ("replace", "Replace", Noun::One),
    ("delete", "Delete", Noun::One),
    ("download", "Download", Noun::One),
    ("upload", "Upload", Noun::One),
    ("test", "Test", Noun::One),
    ("validate", "Validate", Noun::One),
    ("generate", "Generate", Noun::One),
];

#[derive(Clone, Copy)]
enum Noun {
    /// With an article: `a building`; settings have none.
    One,
    /// In the plural.
    Several,
}

/// A tool's title for people: the verb and what it is done to, in sentence case, abbreviations as they are written. A name
/// that ends with no verb of this kind is its own words.
pub fn title(name: &str) -> String {
    let found = VERBS.iter().find_map(|(ending, verb, form)| {
        let noun = name.strip_suffix(ending)?.strip_suffix('_')?;
        Some((*verb, noun, *form))
    });
    let Some((verb, noun, form)) = found else { return capitalized(&words_of(name)) };
    let noun = words_of(noun);
    let noun = match form {
        Noun::Several => plural(&noun),
        Noun::One if is_plural(&noun) => noun,
        Noun::One => format!("{} {noun}", article(&noun)),
    };
    format!("{verb} {noun}")
}

fn words_of(name: &str) -> String {
    let word = |word: &str| {
        let known = WRITTEN.iter().find(|(plain, _)| *plain == word);
        known.map_or_else(|| word.to_owned(), |(_, written)| (*written).to_owned())
    };
    // A phrase counts where it is whole words of the name.
    let phrase = PHRASES.iter().find_map(|(plain, written)| {
        let (before, after) = name.split_once(plain)?;
        let whole =
            (before.is_empty() || before.ends_with('_')) && (after.is_empty() || after.starts_with('_'));
        whole.then_some((before.trim_end_matches('_'), *written, after.trim_start_matches('_')))
    });
    let plain =
        |name: &str| name.split('_').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ");
    match phrase {
        Some((before, written, after)) => {
            let parts = [plain(before), written.to_owned(), plain(after)];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        None => plain(name),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Whether the last word is a plural, as that of `check in settings` is, or cannot be counted.
fn is_plural(noun: &str) -> bool {
    let singular = ["status", "ss", "iOS", "macOS", "DDM", "CS"].iter().any(|ending| noun.ends_with(ending));
    let uncounted = ["software", "information", "metadata", "compliance", "discovery"]
        .iter()
        .any(|word| noun.ends_with(word));
    uncounted || (noun.ends_with('s') && !singular)
}

fn plural(noun: &str) -> String {
    if is_plural(noun) {
        return noun.to_owned();
    }
    if let Some((first, rest)) = noun.split_once(" of ") {
        return format!("{} of {rest}", plural(first));
    }
    let consonant_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|ending| noun.ends_with(ending)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

fn article(noun: &str) -> &'static str {
    let lower = noun.to_lowercase();
    let vowel = lower.starts_with(['a', 'e', 'i', 'o']) || lower.starts_with("unused");
    let spelled = ["LDAP", "MDM", "SMTP", "M2M"].iter().any(|word| noun.starts_with(word));
    if vowel || spelled { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_comes_first() {
        for (name, said) in [
            ("building_list", "List buildings"),
            ("building_get", "Get a building"),
            ("category_delete_several", "Delete several categories"),
            ("check_in_settings_update", "Change check-in settings"),
            ("api_role_history_list", "List the history of an API role"),
            ("ldap_server_create", "Create an LDAP server"),
            ("user_list", "List users"),
            ("user_get", "Get a user"),
            ("network_switch_list", "List network switches"),
            ("ibeacon_get", "Get an iBeacon"),
            ("licensed_software_get", "Get licensed software"),
            ("device_find", "Device find"),
            ("jamf_connect_profile_list", "List Jamf Connect profiles"),
            ("self_service_branding_ios_list", "List Self Service brandings of iOS"),
            ("removable_mac_address_list", "List removable MAC addresses"),
            ("script_get", "Get a script"),
            ("policy_status_get", "Get a policy status"),
        ] {
            assert_eq!(title(name), said, "{name}");
        }
    }
}
