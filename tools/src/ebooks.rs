//! Ebooks: books and PDFs that devices and users get. The Jamf Pro API reads them page by page; the Classic API reads
//! one whole, and changes them.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Partial, Sorted, Update};
use crate::classic_scope::{
    ComputerTargets, DirectoryPeople, MobileDeviceTargets, NotificationText, Offer, Places, Target,
    UserTargets,
};
use crate::classic_shapes::{AppLimitations, DeploymentType, NewNamed};
use crate::effects::{ALL_DEVICES, Affects};
use crate::joins::{CATEGORY, SITE};
use crate::policies::IdOrName;

/// All actions on ebooks.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("ebook_list", "/api/v1/ebooks")
        .about("List ebooks with their ids, kinds and whether they install by themselves.")
        .asked(&["which books do we distribute", "books that we hand out"])
        .needs(&["Read eBooks"])
        .brief(&["id", "name", "kind", "author", "version", "installAutomatically", "categoryId"])
        .joins(&[CATEGORY, SITE]),
    get::<ById>("ebook_get", "/api/v1/ebooks/{id}")
        .about("Get one ebook: address, kind, version, category, and how it is deployed. Who gets it comes from ebook_scope_get.")
        .needs(&["Read eBooks"]),
    get::<ById>("ebook_scope_get", "/api/v1/ebooks/{id}/scope")
        .about("Get who gets an ebook: ids of devices, groups, users, buildings and departments, with limitations and exclusions.")
        .asked(&["who gets a book"])
        .needs(&["Read eBooks"]),
    get::<EbookGet>("ebook_details_get", "/JSSResource/ebooks/id/{id}")
        .also(&["/JSSResource/ebooks/name/{name}", "/JSSResource/ebooks/id/{id}/subset/{subset}"])
        .about("Get one ebook whole, by id or name, as ebook_update takes it: with the names in its scope, its classes and Self Service, which ebook_get lacks.")
        .probably_needs(&["Read eBooks"]),
    post::<Create<Ebook>>("ebook_create", "/JSSResource/ebooks/id/0")
        .about("Create an ebook. Devices and users in its scope get it, or are offered it, as its deployment type says.")
        .asked(&["hand out a PDF to iPads"])
        .probably_needs(&["Create eBooks"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(ALL_DEVICES))
        .xml("ebook"),
    put::<Update<Partial<Ebook>>>("ebook_update", "/JSSResource/ebooks/id/{id}")
        .about("Change an ebook. Sections left out stay; a scope that is given replaces the whole scope, exclusions included.")
        .probably_needs(&["Update eBooks"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(ALL_DEVICES))
        .xml("ebook"),
    delete::<ById>("ebook_delete", "/JSSResource/ebooks/id/{id}")
        .about("Delete an ebook; devices that got it as a managed book may lose it. Jamf may answer 400 although it is deleted: look again.")
        .asked(&["take a book away"])
        .probably_needs(&["Delete eBooks"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(ALL_DEVICES)),
];

/// One ebook: by its id, by its name, or a part of it by its id.
#[derive(JsonSchema)]
pub struct EbookGet {
    /// Id of the ebook, digits only.
    pub id: Option<Id>,
    /// Name of the ebook, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// A part of it, with `id`.
    pub subset: Option<EbookSubset>,
}
impl Arguments for EbookGet {}

/// A part of an ebook.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EbookSubset {
    General,
    Scope,
    SelfService,
}

/// A new ebook.
#[derive(JsonSchema)]
pub struct Ebook {
    /// Which book it is, and how it is deployed.
    pub general: NewNamed<EbookGeneral>,
    /// The rest.
    #[schemars(flatten)]
    pub rest: EbookRest,
}

/// Which book it is, and how it is deployed.
#[derive(JsonSchema)]
pub struct EbookGeneral {
    /// Author.
    pub author: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// It costs nothing.
    pub free: Option<bool>,
    /// Address to load it from.
    pub url: Option<String>,
    /// How it reaches its scope.
    pub deployment_type: Option<DeploymentType>,
    /// Kind of file.
    pub file_type: Option<EbookFile>,
    /// As a managed book, which MDM can remove.
    pub deploy_as_managed: Option<bool>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// A kind of file.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EbookFile {
    Pdf,
    Ibook,
    Epub,
}

/// What an ebook has besides its general settings.
#[derive(JsonSchema)]
pub struct EbookRest {
    /// Which devices and users it is for, and which not.
    pub scope: Option<EbookScope>,
    /// How Self Service offers it.
    pub self_service: Option<EbookSelfService>,
}

/// Which devices and users an ebook is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct EbookScope {
    /// Every computer; then no computer groups.
    pub all_computers: Option<bool>,
    /// Every mobile device; then no mobile device groups.
    pub all_mobile_devices: Option<bool>,
    /// Every user that Jamf Pro knows; then no user groups.
    pub all_jss_users: Option<bool>,
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Mobile devices, by their ids or by their groups.
    #[schemars(flatten)]
    pub mobile: MobileDeviceTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Classes.
    #[schemars(extend("x-item" = "class"))]
    pub classes: Option<Vec<Target>>,
    /// Only for these of them.
    pub limitations: Option<AppLimitations>,
    /// Whom it is kept from.
    pub exclusions: Option<EbookExclusions>,
}

/// Exceptions from the scope of an ebook.
#[derive(JsonSchema)]
pub struct EbookExclusions {
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Mobile devices, by their ids or by their groups.
    #[schemars(flatten)]
    pub mobile: MobileDeviceTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and groups of the directory, by their names.
    #[schemars(flatten)]
    pub directory: DirectoryPeople,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
}

/// How Self Service offers an ebook.
#[derive(JsonSchema)]
pub struct EbookSelfService {
    /// Name there.
    pub self_service_display_name: Option<String>,
    /// What Self Service shows of an object, and where.
    #[schemars(flatten)]
    pub offer: Offer,
    /// Tell users of it.
    pub notification: Option<bool>,
    /// The message with which users are notified.
    #[schemars(flatten)]
    pub notification_text: NotificationText,
}
