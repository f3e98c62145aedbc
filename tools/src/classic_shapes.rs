//! Shapes that many objects of the Classic API share: names, scopes of users, Self Service, place and purchase.
//!
//! Fields are in the order in which Jamf writes them, which is the order that the XML must have. What only one family
//! has is in that family's file.

use schemars::JsonSchema;

use crate::args::Date;
use crate::classic_scope::{DirectoryPeople, Target, UserTargets};

/// A new object: its name, and the rest of it.
#[derive(JsonSchema)]
pub struct NewNamed<T> {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: T,
}

/// An icon that Jamf Pro already has.
#[derive(JsonSchema)]
pub struct Icon {
    /// Id of the icon, as icon_upload answers it.
    pub id: u32,
}

/// Where users are notified of something new in Self Service.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Notification {
    #[schemars(rename = "Self Service")]
    SelfService,
    #[schemars(rename = "Self Service and Notification Center")]
    NotificationCenter,
}

/// Licenses of volume purchasing.
#[derive(JsonSchema)]
pub struct Licenses {
    /// Assign a license to each device.
    pub assign_vpp_device_based_licenses: Option<bool>,
    /// Id of the volume purchasing location; -1 for none.
    #[schemars(range(min = -1))]
    pub vpp_admin_account_id: Option<i64>,
}

/// How an app or ebook reaches its scope.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DeploymentType {
    #[schemars(rename = "Make Available in Self Service")]
    SelfService,
    #[schemars(rename = "Install Automatically/Prompt Users to Install")]
    InstallAutomatically,
}

/// Limits of the scope of an app or ebook.
#[derive(JsonSchema)]
pub struct AppLimitations {
    /// Users and groups of the directory, by their names.
    #[schemars(flatten)]
    pub directory: DirectoryPeople,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
}

/// Which users something is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct UserScope {
    /// Every user that Jamf Pro knows; then no groups.
    pub all_jss_users: Option<bool>,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Only for these of them.
    pub limitations: Option<UserLimitations>,
    /// Whom it is kept from.
    pub exclusions: Option<UserExclusions>,
}

/// Limits of a scope of users.
#[derive(JsonSchema)]
pub struct UserLimitations {
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<DirectoryGroup>>,
}

/// Exceptions from a scope of users.
#[derive(JsonSchema)]
pub struct UserExclusions {
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Directory groups.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<DirectoryGroup>>,
}

// Directories have numbers, UUIDs and other texts for ids. Jamf answers them, and takes none of them in a request.
/// A directory group, by its name.
#[derive(JsonSchema)]
pub struct DirectoryGroup {
    /// Name in the directory.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// Who has a device and where it is.
#[derive(JsonSchema)]
pub struct Location {
    /// User name.
    pub username: Option<String>,
    /// Full name.
    pub real_name: Option<String>,
    /// Mail address.
    pub email_address: Option<String>,
    /// Position in the organization.
    pub position: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Name of the department.
    pub department: Option<String>,
    /// Name of the building.
    pub building: Option<String>,
    /// Room.
    pub room: Option<String>,
}

/// How a device was bought or leased.
#[derive(JsonSchema)]
pub struct Purchasing {
    /// Bought.
    pub is_purchased: Option<bool>,
    /// Whether it is leased.
    pub is_leased: Option<bool>,
    /// Number of the purchase order.
    pub po_number: Option<String>,
    /// Who sold it.
    pub vendor: Option<String>,
    /// AppleCare agreement.
    pub applecare_id: Option<String>,
    /// Price, as text.
    pub purchase_price: Option<String>,
    /// Account it was bought with.
    pub purchasing_account: Option<String>,
    /// Day of the purchase order, such as 2026-01-31.
    pub po_date: Option<Date>,
    /// Day the warranty ends.
    pub warranty_expires: Option<Date>,
    /// Day the lease ends.
    pub lease_expires: Option<Date>,
    /// Years it is expected to last.
    #[schemars(range(min = 0, max = 100))]
    pub life_expectancy: Option<u32>,
    /// Person to ask about it.
    pub purchasing_contact: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Body, Catalogue, Request};

    fn request(tool: &str, arguments: &Value) -> Result<Request, String> {
        let action = Catalogue::get().actions().find(|action| action.name == tool).unwrap();
        let checked =
            action.check(arguments.as_object().unwrap().clone()).map_err(|problems| problems.to_string())?;
        action.request(&checked).map_err(|problems| problems.to_string())
    }

    fn xml(tool: &str, arguments: &Value) -> String {
        match request(tool, arguments).unwrap().body {
            Body::Xml(text) => text.split_once("?>").unwrap().1.to_owned(),
            other => panic!("{tool}: {other:?}"),
        }
    }

    #[test]
    fn targets_come_before_what_narrows_them_whatever_order_they_are_given_in() {
        let scope = json!({
            "exclusions": { "jss_users": [{ "id": 4 }], "users": [{ "name": "mia" }] },
            "limitations": { "network_segments": [{ "id": 3 }] },
            "computer_groups": [{ "id": 1 }, { "id": 2 }],
            "all_computers": false,
        });
        assert_eq!(
            xml("mac_app_update", &json!({ "id": "7", "body": { "scope": scope } })),
            "<mac_application><scope><all_computers>false</all_computers><computer_groups><computer_group><id>1</id>\
             </computer_group><computer_group><id>2</id></computer_group></computer_groups><limitations>\
             <network_segments><network_segment><id>3</id></network_segment></network_segments></limitations>\
             <exclusions><users><user><name>mia</name></user></users><jss_users><user><id>4</id></user></jss_users>\
             </exclusions></scope></mac_application>"
        );
    }

    #[test]
    fn plain_lists_become_elements_of_one_name() {
        let body = json!({ "name": "Art", "teacher_ids": [5, 6], "students": ["mia", "noah"] });
        assert_eq!(
            xml("class_create", &json!({ "body": body })),
            "<class><name>Art</name><students><student>mia</student><student>noah</student></students>\
             <teacher_ids><id>5</id><id>6</id></teacher_ids></class>"
        );
        let body =
            json!({ "name": "Lab", "fields": [{ "name": "Size", "type": "menu", "choices": ["13", "16"] }] });
        assert_eq!(
            xml("peripheral_type_create", &json!({ "body": body })),
            "<peripheral_type><name>Lab</name><fields><field><name>Size</name><type>menu</type><choices>\
             <choice>13</choice><choice>16</choice></choices></field></fields></peripheral_type>"
        );
    }

    #[test]
    fn a_change_needs_no_name_and_a_new_object_does() {
        assert_eq!(
            xml("printer_update", &json!({ "id": "7", "body": { "CUPS_name": "hp" } })),
            "<printer><CUPS_name>hp</CUPS_name></printer>"
        );
        let problem = request("printer_create", &json!({ "body": { "CUPS_name": "hp" } })).unwrap_err();
        assert!(problem.contains("name"), "{problem}");
    }

    #[test]
    fn nobody_hands_over_a_password_or_a_license_key() {
        let binding = json!({ "body": { "name": "AD", "password": "x" } });
        let license =
            json!({ "body": { "general": { "name": "x" }, "licenses": [{ "serial_number_1": "x" }] } });
        let class = json!({ "body": { "name": "x", "apple_tvs": [{ "airplay_password": "x" }] } });
        for (tool, arguments) in [
            ("directory_binding_create", binding),
            ("licensed_software_create", license),
            ("class_create", class),
        ] {
            assert!(request(tool, &arguments).is_err(), "{tool}");
        }
    }

    #[test]
    fn jamfs_own_words_are_asked_for() {
        let app = |kind: &str| json!({ "id": "7", "body": { "general": { "deployment_type": kind } } });
        assert!(
            request("mobile_device_app_update", &app("Install Automatically/Prompt Users to Install"))
                .is_ok()
        );
        let problem = request("mobile_device_app_update", &app("Install Automatically")).unwrap_err();
        assert!(problem.contains("Install Automatically/Prompt Users to Install"), "{problem}");
    }

    #[test]
    fn a_file_goes_to_one_object_by_its_id() {
        let upload = |id: &str| {
            let arguments = json!({ "resource": "printers", "idType": "id", "id": id, "file": "hp.ppd" });
            request("file_upload", &arguments).map(|request| (request.path, request.body))
        };
        let body = Body::Upload { field: "name", path: "hp.ppd".to_owned() };
        assert_eq!(upload("7"), Ok(("/JSSResource/fileuploads/printers/id/7".to_owned(), body)));
        assert!(upload("7,8").is_err());
    }
}
