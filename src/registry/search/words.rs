//! Words as the search compares them, and what admins call things.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Names with a capital in the middle that are one word all the same.
const WHOLE: [&str; 17] = [
    "FileVault",
    "fileVault",
    "iPhone",
    "iPad",
    "iMac",
    "iPadOS",
    "iOS",
    "macOS",
    "tvOS",
    "watchOS",
    "MacBook",
    "PreStage",
    "AirPlay",
    "TeamViewer",
    "DigiCert",
    "eSIM",
    "LaunchDaemon",
];

/// The words of a text in their plain form: lower case, `camelCase` and `snake_case` taken apart, endings cut.
pub(super) fn of(text: &str) -> Vec<String> {
    let text = WHOLE.iter().fold(text.to_owned(), |text, name| text.replace(name, &name.to_lowercase()));
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if (begins || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(stem(&std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(stem(&word));
    }
    words
}

/// A word without its endings: `policies`, `policy`; `erasing`, `erased`, `erase`; `enrollments`, `enroll`. It need not be
/// a word any more, it only has to be the same for all of them.
fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = one(word);
    for (ending, least) in [("ship", 8), ("ment", 8), ("ation", 10), ("ing", 6), ("ed", 5)] {
        if word.len() >= least
            && let Some(rest) = word.strip_suffix(ending)
        {
            word = undoubled(rest).to_owned();
            break;
        }
    }
    match word.strip_suffix('e') {
        Some(rest) if rest.len() > 2 => rest.to_owned(),
        _ => word,
    }
}

/// One of them instead of several.
fn one(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies") {
        return format!("{rest}y");
    }
    let hissing = ["sses", "xes", "ches", "shes", "uses"].iter().any(|ending| word.ends_with(ending));
    let alone = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) || word == "ios";
    match word.strip_suffix('s') {
        Some(rest) if hissing => rest.strip_suffix('e').unwrap_or(rest).to_owned(),
        Some(rest) if !alone => rest.to_owned(),
        _ => word.to_owned(),
    }
}

/// `stopp` of `stopped` is `stop`; `install` keeps its two.
fn undoubled(word: &str) -> &str {
    let doubled = ["bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt"].iter().any(|pair| word.ends_with(pair));
    if doubled { word.get(..word.len() - 1).unwrap_or(word) } else { word }
}

/// Words that say nothing about what is wanted.
const EMPTY: &str = "a an the this that these those of on in to at by for from with without and or not no is are be was were am \
    do does did has have had can could should would will may must it its i me my we us our you your they them their he she his \
    her which who whom whose what when where why how please want need would like there any some all every each only just also \
    than then now today right so as if it s t re get show tell list give let many much one jamf pro still yet already something \
    everything anything about into out up off over before after new make last week month day year ago use used put turn switch take let run call keep went going happen long often";

/// First words of what asks to have something done; everything else asks to be told.
const DOING: &str = "create new add make delete remove erase wipe lock unlock send set change update edit rename disable enable turn \
    switch put assign upload import install deploy push restart reboot shut renew rotate reset retry flush clear log sign take start \
    stop play force connect merge attach redeploy reinstall refresh revoke move cancel resend let allow block skip unmanage test \
    ask collect generate regenerate reclaim dismiss write replace clone copy exclude scope run rerun recalculate sync \
    enforce schedule swap bind join invite distribute publish secure freeze ban prohibit prevent kill throw discard drop purge roll \
    call trigger";

/// Words of what asks for more than one.
const SEVERAL: &str = "which all list every any many find";

/// What admins say, and the words of Jamf that mean it.
const ALIKE: &[(&str, &str)] = &[
    // Devices
    ("mac", "computer"),
    ("macbook", "computer"),
    ("imac", "computer"),
    ("laptop", "computer"),
    ("desktop", "computer"),
    ("notebook", "computer"),
    ("machine", "computer device"),
    ("endpoint", "computer device"),
    ("iphone", "mobile device"),
    ("ipad", "mobile device"),
    ("ios", "mobile device"),
    ("ipados", "mobile device"),
    ("phone", "mobile device"),
    ("tablet", "mobile device"),
    ("apple tv", "mobile device"),
    ("tvos", "mobile device"),
    ("apple watch", "mobile device paired"),
    ("vision pro", "mobile device"),
    ("watch", "mobile device"),
    ("student", "mobile device class"),
    ("pupil", "class"),
    ("teacher", "class"),
    ("classroom", "class mobile device"),
    ("colleague", "user"),
    ("employee", "user"),
    ("staff", "user"),
    ("of the … department", "list user location"),
    ("in the … department", "list user location"),
    ("in the … building", "list location"),
    ("in building", "list location"),
    ("ventura", "macos version operating system computer"),
    ("sonoma", "macos version operating system computer"),
    ("sequoia", "macos version operating system computer"),
    ("tahoe", "macos version operating system computer"),
    ("monterey", "macos version operating system computer"),
    ("macos", "computer"),
    ("os", "operating system"),
    ("serial", "device computer"),
    ("fleet", "computer device"),
    // What happens to them
    ("wipe", "erase"),
    ("factory reset", "erase"),
    ("reset", "erase clear"),
    ("stolen", "lost erase lock"),
    ("lost", "lost mode"),
    ("missing", "lost mode"),
    ("where", "location"),
    ("locate", "location"),
    ("find my", "location lost"),
    ("reboot", "restart"),
    ("turn off", "disable shut"),
    ("turn on", "enable"),
    ("switch off", "disable"),
    ("switch on", "enable"),
    ("power off", "shut down"),
    ("sign out", "log out"),
    ("screen sharing", "remote desktop"),
    ("vnc", "remote desktop"),
    ("ard", "remote desktop"),
    ("queued", "pending command"),
    ("throw away", "delete flush"),
    ("discard", "delete flush"),
    ("drop", "delete flush"),
    ("purge", "delete flush"),
    ("clear … command", "mdm command flush"),
    ("cancel … command", "mdm command flush"),
    ("command … fail", "mdm command list status"),
    ("push … fail", "mdm command list status"),
    ("fail … push", "mdm command list status"),
    ("secure", "lock"),
    ("freeze", "lock"),
    ("fired", "lock erase"),
    ("left the company", "lock erase user delete"),
    ("offboard", "erase user delete"),
    ("return", "return service erase"),
    ("refresh", "erase return service"),
    ("sound", "lost mode sound"),
    ("remote control", "remote assist session desktop"),
    ("bluetooth", "device settings"),
    ("time zone", "device settings time zone"),
    ("home screen", "wallpaper profile"),
    ("background picture", "wallpaper"),
    ("ping", "blank push"),
    ("apns", "push notification"),
    ("push certificate", "notification alert certificate expire"),
    ("wake", "blank push"),
    ("unenroll", "unmanage remove mdm profile"),
    ("jamf binary", "framework redeploy"),
    ("jamf agent", "framework redeploy"),
    ("jamf client", "framework redeploy"),
    ("airplay", "mirroring"),
    ("esim", "cellular plan"),
    ("unlock", "clear passcode unlock pin"),
    ("forgot", "clear passcode"),
    ("forgotten", "clear passcode"),
    ("gone", "lost mode"),
    ("stuck", "pending status"),
    ("command", "mdm command"),
    ("pending", "command status"),
    ("lock command", "mdm command"),
    // Inventory
    ("check in", "check-in contact computer inventory"),
    ("checkin", "check-in contact computer inventory"),
    ("recon", "inventory device information"),
    ("stale", "computer device contact delete"),
    ("who had", "history user"),
    ("previous owner", "history user"),
    ("past", "history"),
    ("audit", "audit history"),
    ("installed profile", "profile list computer management detail"),
    ("installed app", "application installed"),
    ("software", "application"),
    ("memory", "hardware computer"),
    ("ram", "hardware computer"),
    ("cpu", "hardware computer"),
    ("apple silicon", "hardware computer"),
    ("battery", "hardware computer"),
    ("mac address", "computer hardware"),
    ("offline", "computer contact"),
    ("last seen", "computer contact"),
    ("not seen", "computer contact"),
    ("os version", "computer operating system inventory"),
    ("disk space", "computer storage inventory"),
    ("storage", "computer inventory"),
    ("warranty", "purchasing computer inventory gsx"),
    ("firewall", "computer security inventory"),
    ("sip", "computer security inventory"),
    ("gatekeeper", "computer security inventory"),
    ("bootstrap token", "computer inventory"),
    ("filevault", "disk encryption computer"),
    ("encrypted", "disk encryption computer inventory"),
    ("encryption", "filevault computer inventory"),
    ("supervised", "mobile device inventory"),
    ("owner", "user device"),
    ("belongs to", "user device find"),
    ("person", "user"),
    ("people", "user"),
    ("joiner", "user create"),
    ("leaver", "user delete"),
    ("login", "history usage log"),
    ("used … mac", "application usage history"),
    ("app … used", "application usage"),
    ("installed", "application"),
    ("asset tag", "update computer extension attribute"),
    ("ea", "extension attribute"),
    ("eas", "extension attribute"),
    ("custom field", "extension attribute"),
    ("inventory update", "inventory collection"),
    ("collect inventory", "device information request"),
    ("user … have", "user device find computer"),
    // Secrets
    ("laps", "local admin password"),
    ("local admin", "local admin password"),
    ("admin password", "local admin password"),
    ("recovery key", "filevault recovery"),
    ("prk", "filevault recovery"),
    ("firmware password", "recovery lock"),
    ("pin", "pin lock"),
    ("rotate", "set generate create"),
    ("looked at", "audit history view"),
    ("viewed", "audit history"),
    // Enrollment
    ("abm", "device enrollment"),
    ("asm", "device enrollment"),
    ("axm", "device enrollment"),
    ("apple business manager", "device enrollment"),
    ("apple school manager", "device enrollment"),
    ("dep", "device enrollment prestage"),
    ("ade", "device enrollment prestage"),
    ("automated enrollment", "device enrollment prestage"),
    ("zero touch", "prestage enrollment"),
    ("setup assistant", "prestage enrollment customization"),
    ("byod", "account driven user enrollment"),
    ("personal device", "account driven user enrollment"),
    ("uie", "user enrollment settings"),
    ("user initiated", "enrollment settings"),
    ("enroll again", "reenrollment"),
    ("re enroll", "reenrollment"),
    ("configurator", "supervision identity"),
    ("logo", "image upload branding"),
    ("picture", "image"),
    ("screen", "panel customization"),
    ("pane", "panel customization"),
    ("invite", "invitation"),
    ("join", "enrollment binding"),
    ("mdm server", "device enrollment"),
    ("pair", "supervision identity"),
    // Apps and licences
    ("vpp", "volume purchasing"),
    ("license", "licence"),
    ("licensed", "licence"),
    ("apps and books", "volume purchasing"),
    ("app catalog", "app installer title"),
    ("auto update", "app installer patch"),
    ("pkg", "package"),
    ("dmg", "package"),
    ("installer", "package"),
    ("jcds", "cloud distribution point"),
    ("file share", "distribution point"),
    ("book", "ebook"),
    ("kiosk", "single app mode"),
    ("blocked app", "restricted software"),
    ("block", "restricted software"),
    ("forbidden", "restricted software"),
    ("blacklist", "restricted software"),
    ("ban", "restricted software create"),
    ("prohibit", "restricted software create"),
    ("prevent … app", "restricted software create"),
    ("stop … app", "restricted software create"),
    ("kill … process", "restricted software create"),
    ("forbid", "restricted software create"),
    ("forbidden list", "restricted software"),
    ("app store app … mac", "mac app"),
    ("mac app store", "mac app"),
    ("app store app … ipad", "mobile device app"),
    ("app store app … iphone", "mobile device app"),
    ("app … ipad", "mobile device app"),
    ("app … iphone", "mobile device app"),
    ("distribute", "create scope"),
    ("deploy", "create scope deployment"),
    ("roll out", "create scope deployment"),
    ("publish", "create scope"),
    ("in house app", "mobile device app provisioning profile"),
    ("seat", "licence"),
    // Updates and patches
    ("patch", "patch title policy"),
    ("cve", "patch title software update"),
    ("vulnerability", "patch title software update"),
    ("vulnerable", "patch title software update"),
    ("behind", "patch report version"),
    ("outdated", "patch report version"),
    ("chrome", "patch title"),
    ("firefox", "patch title"),
    ("os update", "managed software update plan"),
    ("macos update", "managed software update plan"),
    ("update plan", "managed software update plan"),
    ("enforce", "managed software update plan create"),
    ("update … mac", "managed software update status"),
    ("upgrade", "managed software update plan"),
    ("schedule … macos", "managed software update plan create"),
    ("schedule … ios", "managed software update plan create"),
    ("schedule … update", "managed software update plan create"),
    ("planned update", "managed software update plan toggle"),
    ("update … ipad", "managed software update plan"),
    ("release", "available update"),
    ("compliance", "compliance patch report"),
    ("latest macos", "managed software update plan available"),
    ("macos version", "available update"),
    ("ddm", "declarative management declaration"),
    ("blueprint", "declaration ddm"),
    // Configuration
    ("config profile", "configuration profile"),
    ("mobileconfig", "configuration profile"),
    ("payload", "configuration profile"),
    ("wi fi", "profile"),
    ("wifi", "profile"),
    ("vpn", "profile"),
    ("scoped", "scope"),
    ("exclude", "scope exclusion change"),
    ("exclusion", "scope change"),
    ("apply to", "scope management"),
    ("applies to", "scope management"),
    ("policies run", "policy list"),
    ("policy … fail", "policy log history"),
    ("rerun", "policy log flush"),
    ("frequency", "policy update"),
    ("trigger", "policy"),
    ("belong … group", "group member get"),
    ("bind", "binding"),
    ("target", "scope"),
    ("shell", "script"),
    ("bash", "script"),
    ("source code", "script contents"),
    ("criteria", "smart group"),
    ("member", "group member"),
    ("put … group", "group member change"),
    ("add … group", "group member change"),
    ("remove … group", "group member change"),
    ("in … group", "group member"),
    ("admin group", "account group privilege"),
    // Access and sign-in
    ("admin", "account administrator"),
    ("admin account", "account administrator"),
    ("administrator", "account"),
    ("console", "account session"),
    ("logged in", "session"),
    ("signed in", "session"),
    ("api client", "api integration"),
    ("client secret", "api integration credentials"),
    ("service account", "api integration"),
    ("permission", "privilege role"),
    ("okta", "sso idp identity provider"),
    ("saml", "sso"),
    ("single sign on", "sso"),
    ("azure", "entra"),
    ("azure ad", "entra idp"),
    ("entra id", "entra idp cloud"),
    ("google workspace", "google idp"),
    ("identity provider", "idp cloud sso"),
    ("active directory", "ldap directory binding"),
    ("join … directory", "directory binding create"),
    ("ip range", "network segment"),
    ("ip address", "network segment"),
    ("subnet", "network segment"),
    ("call … server", "webhook"),
    ("notify", "webhook notification"),
    ("slack", "webhook"),
    ("teams", "webhook"),
    ("event", "webhook event"),
    ("proxy", "infrastructure manager"),
    ("office", "building network segment"),
    ("location", "building department location"),
    ("site", "site"),
    ("user … e mail", "user update"),
    ("person … e mail", "user update"),
    ("rights", "privilege role"),
    ("directory", "ldap idp"),
    ("conditional access", "compliance"),
    ("intune", "compliance"),
    ("root ca", "certificate authority"),
    ("ca certificate", "certificate authority active"),
    ("built in ca", "certificate authority active"),
    // The server
    ("alert", "notification"),
    ("warning", "notification alert"),
    ("healthy", "health"),
    ("mail", "smtp"),
    ("e mail", "smtp"),
    ("email", "smtp"),
    ("licence key", "activation code"),
    ("license key", "activation code"),
    ("background job", "scheduler"),
    ("cron", "scheduler"),
    ("run … policy", "policy log flush"),
    ("once per computer", "policy log flush"),
    ("policies … mac", "computer history"),
    ("log retention", "log flushing settings"),
    ("retention", "flushing"),
    ("login page", "login customization"),
    ("login message", "login customization disclaimer"),
    ("hostname", "url server"),
    // What is to be done
    ("new", "create"),
    ("add", "create add"),
    ("make", "create"),
    ("assign", "scope add"),
    ("reassign", "update user location"),
    ("give … to", "update user location"),
    ("hardware", "inventory"),
    ("duplicate", "inventory list"),
    ("records", "list"),
    ("remove", "delete remove"),
    ("take out", "remove"),
    ("get rid", "delete"),
    ("bulk", "several"),
    ("at once", "several"),
    ("in bulk", "several"),
    ("edit", "update"),
    ("modify", "update"),
    ("change", "update"),
    ("rename", "update name set"),
    ("disable", "update disable"),
    ("enable", "update enable"),
    ("attach", "attachment create"),
    ("import", "upload csv"),
    ("who changed", "history"),
    ("who edited", "history"),
    ("changed by", "history"),
    ("work", "test status"),
    ("connect", "connection create"),
    ("everything about", "detail get"),
    ("tell me", "detail get"),
    ("used", "use dependency"),
    ("reference", "use dependency"),
    ("depend", "dependency use"),
    ("breakdown", "list inventory"),
    ("report", "report list"),
];

static EMPTY_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(EMPTY).into_iter().collect());
static DOING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(DOING).into_iter().collect());
static SEVERAL_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| of(SEVERAL).into_iter().collect());
static ALIKE_WORDS: LazyLock<Vec<(Phrase, Vec<String>)>> = LazyLock::new(|| {
    let meant = |meant| of(meant).into_iter().filter(|word| !is_empty(word)).collect();
    ALIKE.iter().map(|(said, means)| (Phrase::new(said), meant(means))).collect()
});

/// Whether a word, in its plain form, says nothing.
pub(super) fn is_empty(word: &str) -> bool {
    EMPTY_WORDS.contains(word)
}

/// Whether a text that begins with this word asks to be told something, and not to have something done.
pub(super) fn asks(word: &str) -> bool {
    !DOING_WORDS.contains(word)
}

/// Whether a text with this word in it asks for more than one thing.
pub(super) fn means_several(word: &str) -> bool {
    SEVERAL_WORDS.contains(word)
}

/// Words that mean the same as some of these, which are the words of a whole question in order.
pub(super) fn alike(words: &[String]) -> impl Iterator<Item = &'static str> {
    ALIKE_WORDS
        .iter()
        .filter(|(said, _)| said.is_in(words))
        .flat_map(|(_, meant)| meant.iter().map(String::as_str))
}

/// How many words may stand where a phrase has `…`.
const BETWEEN: usize = 5;

/// Words that follow each other, in parts that may have others between them.
struct Phrase(Vec<Vec<String>>);

impl Phrase {
    fn new(text: &str) -> Self {
        Self(text.split('…').map(of).collect())
    }

    fn is_in(&self, words: &[String]) -> bool {
        let Some((first, others)) = self.0.split_first() else { return false };
        (0..words.len()).any(|at| {
            let begins =
                |part: &[String], at: usize| words.get(at..).is_some_and(|rest| rest.starts_with(part));
            let mut end = at + first.len();
            begins(first, at)
                && others.iter().all(|part| {
                    let found = (end..=end + BETWEEN).find(|at| begins(part, *at));
                    end = found.unwrap_or(end) + part.len();
                    found.is_some()
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for forms in [
            "policy policies",
            "erase erased erasing erases",
            "enroll enrolled enrollment enrollments",
            "update updates updating updated",
            "stop stopped stopping",
            "install installed installation installing",
            "category categories",
            "class classes",
            "status",
        ] {
            let stems: Vec<String> = of(forms);
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{forms}: {stems:?}");
        }
        assert_eq!(of("userAndLocation.lastCheckIn"), of("user and location last check in"));
        assert_eq!(of("iOS-Geräte, FileVault"), ["ios", "geräte", "filevault"]);
    }

    #[test]
    fn phrases_are_found_where_they_stand() {
        let means = |question: &str, word: &str| alike(&of(question)).any(|meant| meant == word);
        assert!(means("they have not checked in", "contact"));
        assert!(!means("in the check", "contact"));
        assert!(means("remove a Mac from the pilot group", "member"));
        assert!(!means("remove a building that nobody of us needs any more from a group", "member"));
        assert_eq!(alike(&[]).count(), 0);
    }
}
