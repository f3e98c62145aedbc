//! Which fields hold personal data: by the name of a field and by the place that it stands in, for both APIs, for the columns of advanced
//! searches and for what jobs answer. One declaration, `NAMES`; `ENDINGS` is the second net for fields that nobody declared.
//!

/// What is personal about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// Who somebody is: a name, a user name, an e-mail address, a text about a person.
    Person,
    /// A phone number.
    Phone,
    /// A network address.
    Network,
    /// The address of a network adapter.
    Hardware,
    /// Where somebody or a device is, or what somebody does.
    Place,
}

impl Personal {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Person, Self::Phone, Self::Network, Self::Hardware, Self::Place];

    /// What its pseudonyms begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Person => "person-",
            Self::Phone => "phone-",
            Self::Network => "ip-",
            Self::Hardware => "mac-",
            Self::Place => "place-",
        }
    }

    /// The kind of a word, as the list of fields writes it.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix().trim_end_matches('-') == word)
    }
}

/// Personal fields by their names, in lower case and without separators.
const NAMES: &[(&str, Personal)] = &[
    ("accountname", Personal::Person),
    ("appleid", Personal::Person),
    ("archivehomedirectoryto", Personal::Person),
    ("assignee", Personal::Person),
    ("contact", Personal::Person),
    ("contactname", Personal::Person),
    ("creatorid", Personal::Person),
    ("creatorname", Personal::Person),
    ("customphotourl", Personal::Person),
    ("distinguishedname", Personal::Person),
    ("firstname", Personal::Person),
    ("givenname", Personal::Person),
    ("home", Personal::Person),
    ("homedirectory", Personal::Person),
    ("lastloggedinusernamebinary", Personal::Person),
    ("lastloggedinusernamemdm", Personal::Person),
    ("lastloggedinusernameselfservice", Personal::Person),
    ("lastname", Personal::Person),
    ("localaccounts", Personal::Person),
    ("localuseraccounts", Personal::Person),
    ("lostmodefootnote", Personal::Person),
    ("lostmodemessage", Personal::Person),
    ("managedappleaccount", Personal::Person),
    ("managedappleid", Personal::Person),
    ("purchasingaccount", Personal::Person),
    ("purchasingcontact", Personal::Person),
    ("registeredto", Personal::Person),
    ("replyto", Personal::Person),
    ("requester", Personal::Person),
    ("sendername", Personal::Person),
    ("sendfromname", Personal::Person),
    ("sentfrom", Personal::Person),
    ("sentto", Personal::Person),
    ("sessionadminid", Personal::Person),
    ("studentids", Personal::Person),
    ("surname", Personal::Person),
    ("teacherids", Personal::Person),
    ("technician", Personal::Person),
    ("useradditions", Personal::Person),
    ("userassigned", Personal::Person),
    ("userdeletions", Personal::Person),
    ("usershortname", Personal::Person),
    ("vppadminaccountname", Personal::Person),
    ("who", Personal::Person),
    ("preferredvoicenumber", Personal::Phone),
    ("address", Personal::Network),
    ("addresses", Personal::Network),
    ("lastip", Personal::Network),
    ("publicaddress", Personal::Network),
    ("position", Personal::Place),
    ("jobtitle", Personal::Place),
];

/// Ends of names: the second net, for fields of the tenant's own and of later versions, and for columns of searches.
const ENDINGS: &[(&str, Personal)] = &[
    ("user", Personal::Person),
    ("users", Personal::Person),
    ("username", Personal::Person),
    ("usernames", Personal::Person),
    ("userid", Personal::Person),
    ("userids", Personal::Person),
    ("realname", Personal::Person),
    ("fullname", Personal::Person),
    ("owner", Personal::Person),
    ("owners", Personal::Person),
    ("ownername", Personal::Person),
    ("email", Personal::Person),
    ("emails", Personal::Person),
    ("emailaddress", Personal::Person),
    ("emailaddresses", Personal::Person),
    ("userprincipalname", Personal::Person),
    ("appleid", Personal::Person),
    ("student", Personal::Person),
    ("students", Personal::Person),
    ("teacher", Personal::Person),
    ("teachers", Personal::Person),
    ("recipient", Personal::Person),
    ("recipients", Personal::Person),
    ("approver", Personal::Person),
    ("approvers", Personal::Person),
    ("managedby", Personal::Person),
    ("createdby", Personal::Person),
    ("changedby", Personal::Person),
    ("modifiedby", Personal::Person),
    ("updatedby", Personal::Person),
    ("deletedby", Personal::Person),
    ("assignedby", Personal::Person),
    ("requestedby", Personal::Person),
    ("approvedby", Personal::Person),
    ("enrolledby", Personal::Person),
    ("uploadedby", Personal::Person),
    ("viewedby", Personal::Person),
    ("phone", Personal::Phone),
    ("telephone", Personal::Phone),
    ("phonenumber", Personal::Phone),
    ("mobilenumber", Personal::Phone),
    ("ip", Personal::Network),
    ("ipaddress", Personal::Network),
    ("ipaddresses", Personal::Network),
    ("ipv4", Personal::Network),
    ("ipv6", Personal::Network),
    ("ipv4address", Personal::Network),
    ("ipv6address", Personal::Network),
    ("macaddress", Personal::Hardware),
    ("macaddresses", Personal::Hardware),
    ("latitude", Personal::Place),
    ("longitude", Personal::Place),
    ("altitude", Personal::Place),
    ("altitudemeters", Personal::Place),
    ("accuracymeters", Personal::Place),
    ("coursedegrees", Personal::Place),
    ("speedmeterspersecond", Personal::Place),
    ("room", Personal::Place),
];

/// Beginnings of names: where a lost device is.
const BEGINNINGS: &[(&str, Personal)] = &[("lostlocation", Personal::Place)];

/// Names that end like personal fields and hold none: choices among a few words, moments, and words of mappings.
const OTHERS: &[&str] = &[
    "addtodomainuser",
    "displaystatustouser",
    "filevaultenabledusers",
    "lostlocationepoch",
    "lostlocationutc",
    "maximumsharedipadusersstored",
    "pricingip",
];

/// Objects whose fields are names of a directory's attributes, or texts of a page, and no data of people.
const LABELS: &[&str] = &[
    "mappings",
    "usermappings",
    "groupmappings",
    "membershipmappings",
    "mappingsforusers",
    "usergroupmappings",
    "usergroupmembershipmappings",
    "attributemapping",
];

/// Fields with the name of a device, which is often that of its owner and the kind of device.
const DEVICE_NAMES: &[&str] =
    &["name", "displayname", "devicename", "computername", "device", "hostname", "localhostname", "dnsname"];

/// A name in lower case, letters and digits alone: `Last_Reported_IP_Address` and `lastReportedIpAddress` are one.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the field of a name holds the name of a device.
pub fn is_device_name(name: &str) -> bool {
    DEVICE_NAMES.contains(&plain(name).as_str())
}

/// What a field is personal by its name alone.
fn by_name(plain: &str) -> Option<Personal> {
    if OTHERS.contains(&plain) {
        return None;
    }
    let same = NAMES.iter().find(|(name, _)| *name == plain);
    let begins = || BEGINNINGS.iter().find(|(name, _)| plain.starts_with(name));
    let ends = || ENDINGS.iter().find(|(name, _)| plain.ends_with(name) && ends_a_word(plain, name));
    same.or_else(begins).or_else(ends).map(|(_, kind)| *kind)
}

/// Short ends are ends of other words: `ip` of `zip` and `membership`, `room` of `bathroom`.
fn ends_a_word(plain: &str, end: &str) -> bool {
    let before = plain.strip_suffix(end).unwrap_or_default();
    match end {
        "ip" => [
            "",
            "last",
            "reported",
            "lastreported",
            "local",
            "remote",
            "public",
            "private",
            "primary",
            "client",
        ]
        .contains(&before),
        "phone" => !["i", "head", "micro"].contains(&before),
        "owner" | "owners" => !before.ends_with("known"),
        _ => true,
    }
}

/// A place in an answer: what the names of the fields in it mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Names mean what they say.
    Plain,
    /// A person, so that its name is one.
    People,
    /// A group of accounts, so that its members are people.
    Accounts,
    /// Files that people attached.
    Files,
    /// No data of people.
    Labels,
}

impl Place {
    /// The answer, or a row, of the operation at a path.
    pub fn of_operation(path: &str) -> Self {
        let mut words = path.trim_start_matches('/').split('/').filter(|word| *word != "preview");
        let (family, below) = match words.next() {
            Some("JSSResource") => (words.next(), words.next()),
            Some("api") => {
                let first = words.next();
                let versioned = first.is_some_and(|word| {
                    word.strip_prefix('v')
                        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
                });
                (if versioned { words.next() } else { first }, words.next())
            }
            _ => (None, None),
        };
        match (family, below) {
            (Some("accounts"), Some("groupid" | "groupname")) | (Some("account-groups"), _) => Self::Accounts,
            (Some("users" | "user" | "accounts" | "ldap"), Some("groups")) => Self::Plain,
            (Some("users" | "user" | "accounts"), _) => Self::People,
            (Some("enrollment"), Some("languages")) => Self::Labels,
            _ => Self::Plain,
        }
    }

    /// What the field of a name is here, and what the names in it mean.
    pub fn field(self, name: &str) -> (Option<Personal>, Self) {
        let plain = plain(name);
        if self == Self::Labels || LABELS.contains(&plain.as_str()) {
            return (None, Self::Labels);
        }
        let kind = match self {
            Self::People if matches!(plain.as_str(), "name" | "displayname") => Some(Personal::Person),
            Self::Files if matches!(plain.as_str(), "name" | "filename") => Some(Personal::Person),
            Self::Accounts if plain == "members" => Some(Personal::Person),
            _ => by_name(&plain),
        };
        let below = match kind {
            Some(Personal::Person) => Self::People,
            _ if plain == "attachments" || plain == "attachment" => Self::Files,
            _ => Self::Plain,
        };
        (kind, below)
    }

    /// What the field at a dotted path is here.
    pub fn at(self, path: &str) -> Option<Personal> {
        let mut place = self;
        let mut kind = None;
        for name in path.split('.') {
            (kind, place) = place.field(name);
        }
        kind
    }
}

/// Whether the rows of an operation are devices, whose names may be those of their owners.
pub fn lists_devices(path: &str) -> bool {
    ["/computers", "/mobile-devices", "/mobiledevices", "/computer-", "/mobile-device-groups", "/patch-"]
        .iter()
        .any(|part| path.contains(part))
}

/// Keeps the personal data of what one call reads from its caller: jobs and errors ask it.
pub trait Privacy: Send + Sync {
    /// Personal fields are left out of answers, and not only replaced.
    fn leaves_out(&self) -> bool;
    /// What was read of the operation at a path: anyone who is named in it is named in no sentence of the answer.
    fn meet(&self, operation: &str, read: &serde_json::Value);
    /// What was read, as the caller is shown it.
    fn redacted(&self, operation: &str, read: &serde_json::Value) -> serde_json::Value;
    /// The name of a device, as the caller is shown it.
    fn name_of_device(&self, name: &str) -> String;
}
