//! Operations of Jamf that are no tools, each with its reason.

/// An operation that is left out on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Excluded {
    /// HTTP method in capitals.
    pub method: &'static str,
    /// Path from the root of the tenant.
    pub path: &'static str,
    /// Why it is left out.
    pub reason: &'static str,
}

/// All of them.
pub static EXCLUDED: &[Excluded] = &[
    Excluded {
        method: "GET",
        path: "/api/v4/computers-inventory/filevault",
        reason: "reveals the FileVault keys of the whole fleet at once",
    },
    Excluded {
        method: "POST",
        path: "/api/v2/mobile-device-groups/{id}/erase",
        reason: "erases every device of a group in one call",
    },
];
