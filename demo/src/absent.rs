//! What the tenant has none of, on purpose: the paths of both APIs that answer nothing, `{}` in the place of keys, each with the reason.

/// Paths that answer no row and no field, with why, in the order of the APIs.
pub const ABSENT: &[(&str, &str)] = &[
    ("/api/v1/app-installers", "no document says what it answers"),
    (
        "/api/v1/app-installers/global-settings/defaults/deployment-controls",
        "no document says what it answers",
    ),
    ("/api/v1/gsx-connection", "the connection to Apple's service portal is not set up"),
    (
        "/api/v1/managed-software-updates/update-statuses/mobile-device-groups/{}",
        "no mobile device has an update under way",
    ),
    (
        "/api/v1/managed-software-updates/update-statuses/mobile-devices/{}",
        "no mobile device has an update under way",
    ),
    (
        "/api/v1/mobile-device-extension-attributes/{}/data-dependency",
        "no group and no search asks for an attribute of mobile devices",
    ),
    ("/api/v1/oauth2/session-tokens", "an API client has no session with an identity provider"),
    ("/api/v1/user/preferences/{}", "nobody has kept a preference"),
    (
        "/api/v2/local-admin-password/pending-rotations",
        "nobody has looked at a password that would have to rotate",
    ),
    ("/api/v2/local-admin-password/{}/account/{}/audit", "nobody has looked at a password"),
    ("/api/v2/mobile-devices/{}/paired-devices", "nothing is paired with a mobile device"),
    ("/api/v2/patch-software-title-configurations/{}/dependencies", "no group asks for a patch title"),
    ("/api/v3/patch-software-title-configurations/{}/dependencies", "no group asks for a patch title"),
];
