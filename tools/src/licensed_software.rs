//! Licensed software: what an organization has licenses for, and the names by which Jamf Pro counts its copies on
//! computers, in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Date, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::Affects;
use crate::policies::IdOrName;
use crate::secrets::Source;

/// License keys, which are as good as the license.
const SECRETS: &[&str] = &["serial_number_1", "serial_number_2"];

/// License keys that no caller gives.
const KEYS: &[&str] = &["body.licenses.serial_number_1", "body.licenses.serial_number_2"];

/// All actions on licensed software.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("licensed_software_list", "/JSSResource/licensedsoftware")
        .about("List the licensed software with its ids.")
        .asked(&["license counts of Mac software", "software that we track licenses of"])
        .probably_needs(&["Read Licensed Software"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("licensed_software_get", "/JSSResource/licensedsoftware/id/{id}")
        .also(&["/JSSResource/licensedsoftware/name/{name}"])
        .about("Get one licensed software, by id or name: its licenses, and the titles that count as copies of it. Serial numbers of licenses are left out.")
        .probably_needs(&["Read Licensed Software"])
        .hides(SECRETS),
    post::<Create<LicensedSoftware>>("licensed_software_create", "/JSSResource/licensedsoftware/id/0")
        .about("Create a licensed software: the titles to count on computers and the licenses to compare with. Nothing on computers changes.")
        .asked(&["track licenses of a program"])
        .probably_needs(&["Create Licensed Software"])
        .affects(Affects::Nothing("it counts licenses and enforces nothing"))
        .secret(&[(KEYS, Source::Person)])
        .xml("licensed_software"),
    put::<Update<Partial<LicensedSoftware>>>("licensed_software_update", "/JSSResource/licensedsoftware/id/{id}")
        .about("Change a licensed software. Sections left out stay; licenses that are given replace all it has, and their serial numbers are then lost.")
        .probably_needs(&["Update Licensed Software"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Nothing("it counts licenses and enforces nothing"))
        .secret(&[(KEYS, Source::Person)])
        .xml("licensed_software"),
    delete::<ById>("licensed_software_delete", "/JSSResource/licensedsoftware/id/{id}")
        .about("Delete a licensed software with its licenses and serial numbers; what is installed on computers stays.")
        .probably_needs(&["Delete Licensed Software"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it counts licenses and enforces nothing")),
];

/// A new licensed software.
#[derive(JsonSchema)]
pub struct LicensedSoftware {
    /// Name, publisher and what is reported.
    pub general: NewNamed<LicensedSoftwareGeneral>,
    /// The rest.
    #[schemars(flatten)]
    pub rest: LicensedSoftwareRest,
}

/// Publisher of a licensed software, and what is reported.
#[derive(JsonSchema)]
pub struct LicensedSoftwareGeneral {
    /// Publisher.
    pub publisher: Option<String>,
    /// Platform, such as Mac.
    pub platform: Option<String>,
    /// Mail when there are more copies than licenses.
    pub send_email_on_violation: Option<bool>,
    /// Leave titles out of reports.
    pub remove_titles_from_inventory_reports: Option<bool>,
    /// Leave out App Store copies.
    pub exclude_titles_purchased_from_app_store: Option<bool>,
    /// Notes.
    pub notes: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// What a licensed software has besides its general settings.
#[derive(JsonSchema)]
pub struct LicensedSoftwareRest {
    /// Apps that count as copies.
    #[schemars(extend("x-item" = "definition"))]
    pub software_definitions: Option<Vec<Definition>>,
    /// Fonts that count as copies.
    #[schemars(extend("x-item" = "definition"))]
    pub font_definitions: Option<Vec<Definition>>,
    /// Plug-ins that count as copies.
    #[schemars(extend("x-item" = "definition"))]
    pub plugin_definitions: Option<Vec<Definition>>,
    /// Its licenses.
    #[schemars(extend("x-item" = "license"))]
    pub licenses: Option<Vec<License>>,
}

/// What counts as a copy.
#[derive(JsonSchema)]
pub struct Definition {
    /// How the name is compared.
    pub compare_type: Option<Comparison>,
    /// Name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
}

/// How names are compared.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Comparison {
    Like,
    Is,
}

/// A license, or several of one purchase.
#[derive(JsonSchema)]
pub struct License {
    /// Serial number; never given by a caller.
    pub serial_number_1: Option<String>,
    /// Second serial number; never given by a caller.
    pub serial_number_2: Option<String>,
    /// Organization.
    pub organization_name: Option<String>,
    /// Registered to.
    pub registered_to: Option<String>,
    /// Kind of license.
    pub license_type: Option<LicenseType>,
    /// How many.
    #[schemars(range(min = 0))]
    pub license_count: Option<u32>,
    /// Notes.
    pub notes: Option<String>,
    /// How it was bought.
    pub purchasing: Option<LicensePurchasing>,
}

/// A kind of license.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LicenseType {
    Standard,
    Concurrent,
    #[schemars(rename = "Site License")]
    SiteLicense,
}

/// How a license was bought.
#[derive(JsonSchema)]
pub struct LicensePurchasing {
    /// It does not end.
    pub is_perpetual: Option<bool>,
    /// It is paid by the year.
    pub is_annual: Option<bool>,
    /// Number of the purchase order.
    pub po_number: Option<String>,
    /// Who sold it.
    pub vendor: Option<String>,
    /// Price, as text.
    pub purchase_price: Option<String>,
    /// Account.
    pub purchasing_account: Option<String>,
    /// Day of the order.
    pub po_date: Option<Date>,
    /// Day it ends.
    pub license_expires: Option<Date>,
    /// Years it is expected to last.
    #[schemars(range(min = 0, max = 100))]
    pub life_expectancy: Option<u32>,
    /// Person to ask about it.
    pub purchasing_contact: Option<String>,
}
