//! Ebooks: books and PDFs that devices and users get. The Jamf Pro API only reads them; the Classic API changes them.

use crate::action::{Action, get};
use crate::args::{ById, Sorted};

/// All actions on ebooks.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("ebook_list", "/api/v1/ebooks")
        .about("List ebooks with their ids, kinds and whether they install by themselves.")
        .needs(&["Read eBooks"])
        .brief(&["id", "name", "kind", "author", "version", "installAutomatically", "categoryId"]),
    get::<ById>("ebook_get", "/api/v1/ebooks/{id}")
        .about("Get one ebook: address, kind, version, category, and how it is deployed. Who gets it comes from ebook_scope_get.")
        .needs(&["Read eBooks"]),
    get::<ById>("ebook_scope_get", "/api/v1/ebooks/{id}/scope")
        .about("Get who gets an ebook: ids of devices, groups, users, buildings and departments, with limitations and exclusions.")
        .needs(&["Read eBooks"]),
];
