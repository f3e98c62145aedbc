//! Who uses a Mac, where, and by which accounts.

use serde_json::{Value, json};

use super::{BOARDS, Computer, LAB, Person, SETUP, VIRTUAL, people};
use crate::fleet::{network, people::PEOPLE};

/// The building of the lab.
const LAB_BUILDING: usize = 4;

impl Computer {
    /// Who uses it. A few belong to nobody, and one to somebody who has left.
    pub(crate) fn owner(&self) -> Option<Person> {
        self.owner_index().map(|index| people::person(self.chance, index))
    }

    fn owner_index(&self) -> Option<usize> {
        let nobody = LAB.contains(&self.index)
            || self.never_inventoried()
            || [150, 151, SETUP].contains(&self.index)
            || VIRTUAL.contains(&self.index);
        // A Mac that got another logic board, and so another record, is still the same person's.
        let board = BOARDS.iter().find(|(_, second)| *second == self.index).map(|(first, _)| *first);
        (!nobody).then(|| board.unwrap_or(self.index) % PEOPLE)
    }

    /// The department of Jamf that it is in; some directory departments are none of them.
    pub(crate) fn department(&self) -> Option<usize> {
        if LAB.contains(&self.index) {
            return Some(12);
        }
        people::department(self.chance, self.owner_index()?)
    }

    /// The building that it is in.
    pub(crate) fn building(&self) -> Option<usize> {
        match self.owner() {
            Some(owner) => Some(owner.building),
            None if LAB.contains(&self.index) => Some(LAB_BUILDING),
            // What nobody owns got the building of its network.
            None => (!self.never_inventoried()).then_some(0),
        }
    }

    /// The name of the account that it is used by: of its owner, without the domain that a directory may have at its end.
    pub(super) fn main_account(&self) -> String {
        match self.owner() {
            Some(owner) => owner.account().to_owned(),
            None if LAB.contains(&self.index) => "lab".to_owned(),
            None => "ladmin".to_owned(),
        }
    }

    /// Macs from before the move to Jamf Cloud still have the management account of that time.
    pub(super) fn has_old_account(&self) -> bool {
        self.managed() && !self.never_inventoried() && self.bought() > 1_100
    }

    pub(super) fn user_and_location(&self) -> Value {
        let owner = self.owner();
        let text = |of: fn(&Person) -> String| owner.as_ref().map(of).unwrap_or_default();
        let id = |place: Option<usize>| place.map_or("-1".to_owned(), |place| (place + 1).to_string());
        json!({
            "username": text(|owner| owner.username.clone()),
            "realname": text(|owner| owner.realname.clone()),
            "email": text(|owner| owner.email.clone()),
            "position": text(|owner| owner.position.to_owned()),
            "phone": text(|owner| owner.phone.clone()),
            "departmentId": id(self.department()),
            "buildingId": id(self.building()),
            "room": if owner.is_some() { format!("{}.{:02}", self.index % 5, self.index % 40) } else { String::new() },
            "extensionAttributes": [],
        })
    }

    pub(super) fn accounts(&self) -> Value {
        if self.never_inventoried() {
            return json!([]);
        }
        let main = self.main_account();
        let encrypted = self.encryption().is_on();
        let local = |name: &str, full: &str, admin: bool, uid: usize| {
            json!({
                "uid": uid.to_string(), "userGuid": self.chance.uuid(self.index + uid, "account"), "username": name, "fullName": full,
                "admin": admin, "homeDirectory": format!("/Users/{name}"), "homeDirectorySizeMb": -1, "fileVault2Enabled": encrypted && name == main,
                "userAccountType": "LOCAL", "passwordMinLength": 12, "passwordMaxAge": 0, "passwordMinComplexCharacters": 0,
                "passwordHistoryDepth": 0, "passwordRequireAlphanumeric": true, "computerAzureActiveDirectoryId": "",
                "userAzureActiveDirectoryId": "", "azureActiveDirectoryId": "UNKNOWN",
            })
        };
        let mut accounts = vec![local("ladmin", "Local Admin", true, 501)];
        if let Some(owner) = self.owner() {
            accounts.push(local(&main, &owner.realname, self.is_admin(), 502));
        } else if main != "ladmin" {
            accounts.push(local(&main, "Lab", false, 502));
        }
        if self.has_old_account() {
            accounts.push(local("casperadmin", "Casper Admin", true, 499));
        }
        Value::Array(accounts)
    }

    pub(super) fn is_admin(&self) -> bool {
        self.chance.percent(self.index, "admin", 9)
    }

    /// The address that the server saw, and the one that the Mac has itself.
    pub(crate) fn addresses(&self) -> Option<(String, String)> {
        if self.never_inventoried() {
            return None;
        }
        let host = self.index % 250 + 2;
        let at_home =
            (format!("198.51.100.{}", self.index % 254 + 1), format!("192.168.{}.{host}", self.index % 3));
        let in_office = |net: usize| {
            let own = network::address(net, self.index);
            (own.clone(), own)
        };
        let roams = self.model().is_laptop() && self.owner_index().is_some();
        Some(match self.chance.below(self.index, "network", 100) {
            _ if self.index == super::STOLEN => ("203.0.113.77".to_owned(), "192.168.1.23".to_owned()),
            _ if LAB.contains(&self.index) => in_office(network::SCHOOLS),
            0..32 if roams => at_home,
            32..40 if roams => in_office(network::VPN),
            _ => in_office(network::of_building(self.building()?)),
        })
    }
}
