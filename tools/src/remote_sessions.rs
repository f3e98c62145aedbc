//! Remote sessions with devices: Jamf Remote Assist, and TeamViewer.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, patch, post};
use crate::args::{Arguments, ById, Export, Id, IdOrNone, List, Name, Pages, Update};
use crate::effects::{Affects, Targets};
use crate::joins::SITE;
use crate::secrets::Source;

/// All actions on remote sessions.
pub static ACTIONS: &[Action] = &[
    get::<List>("remote_assist_session_list", "/api/v2/jamf-remote-assist/session")
        .about("List sessions of Jamf Remote Assist: who took over which device, when, and how it ended.")
        .asked(&["past screen sharing sessions", "who helped on a Mac remotely"])
        .needs(&["Read Remote Assist"])
        .filters(&["sessionId", "deviceId", "sessionAdminId"])
        .brief(&["sessionId", "deviceId", "sessionAdminId", "sessionStartedTimestamp", "sessionEndedTimestamp", "statusType"])
        .since("11.7"),
    get::<SessionById>("remote_assist_session_get", "/api/v2/jamf-remote-assist/session/{id}")
        .about("Get one session of Jamf Remote Assist with what was done in it.")
        .needs(&["Read Remote Assist"])
        .since("11.7"),
    post::<Export>("remote_assist_session_export", "/api/v2/jamf-remote-assist/session/export")
        .about("Export sessions of Jamf Remote Assist as CSV.")
        .needs(&["Read Remote Assist"])
        .risk(Risk::Read)
        .answers(Answer::File)
        .since("11.7"),
    get::<Pages>("remote_administration_list", "/api/preview/remote-administration-configurations")
        .about("List the connections to services for remote control, such as TeamViewer, with their sites.")
        .asked(&["remote tools that are connected", "TeamViewer connections"])
        .needs(&["Read Remote Administration"])
        .brief(&["id", "siteId", "displayName", "type"])
        .joins(&[SITE]),
    get::<ById>("team_viewer_connection_get", "/api/preview/remote-administration-configurations/team-viewer/{id}")
        .about("Get one connection to TeamViewer.")
        .needs(&["Read Remote Administration"])
        .hides(&["scriptToken", "token"]),
    get::<ById>("team_viewer_connection_status_get", "/api/preview/remote-administration-configurations/team-viewer/{id}/status")
        .title("Get the status of a TeamViewer connection")
        .about("Get whether one connection to TeamViewer works.")
        .needs(&["Read Remote Administration"]),
    post::<ConnectionCreate>("team_viewer_connection_create", "/api/preview/remote-administration-configurations/team-viewer")
        .about("Create a connection to TeamViewer: anyone who may use it can then take over devices of its site.")
        .asked(&["connect TeamViewer"])
        .needs(&["Create Remote Administration"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("sessions are opened by other calls"))
        .secret(&[(&["body.scriptToken"], Source::Person)]),
    patch::<Update<ConnectionChange>>("team_viewer_connection_update", "/api/preview/remote-administration-configurations/team-viewer/{id}")
        .about("Change one connection to TeamViewer: its name, whether it is on, how long sessions last.")
        .needs(&["Update Remote Administration"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("sessions are opened by other calls"))
        .secret(&[(&["body.token"], Source::Person)])
        .hides(&["scriptToken", "token"]),
    delete::<ById>("team_viewer_connection_delete", "/api/preview/remote-administration-configurations/team-viewer/{id}")
        .about("Delete one connection to TeamViewer; sessions by it end, and its token must be entered anew.")
        .needs(&["Delete Remote Administration"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("sessions are opened by other calls")),
    get::<Sessions>("team_viewer_session_list", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions")
        .about("List sessions of one connection to TeamViewer, with their state; links and codes into them are left out.")
        .needs(&["Read Remote Administration"])
        .filters(&["deviceId", "deviceType", "state"])
        .brief(&["id", "deviceId", "deviceType", "state", "description", "createdAt"])
        .hides(&["code", "supporterLink", "endUserLink"]),
    get::<Session>("team_viewer_session_get", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions/{sessionId}")
        .about("Get one session of TeamViewer; links and codes into it are left out.")
        .needs(&["Read Remote Administration"])
        .hides(&["code", "supporterLink", "endUserLink"]),
    get::<Session>("team_viewer_session_status_get", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions/{sessionId}/status")
        .title("Get the status of a TeamViewer session")
        .about("Get whether somebody is in one session of TeamViewer.")
        .needs(&["Read Remote Administration"]),
    post::<SessionCreate>("team_viewer_session_create", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions")
        .title("Start a TeamViewer session")
        .about("Start a session of TeamViewer with a Mac: the person there is asked to let somebody take it over.")
        .asked(&["start a TeamViewer session with a Mac"])
        .needs(&["Create Remote Administration"])
        .risk(Risk::Destructive)
        .targets(&[Targets::IdsWithKind { ids: "body.deviceId", kinds: "body.deviceType" }])
        .hides(&["code", "supporterLink", "endUserLink"]),
    post::<Session>("team_viewer_session_close", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions/{sessionId}/close")
        .title("End a TeamViewer session")
        .about("End one session of TeamViewer, no matter who is in it.")
        .needs(&["Update Remote Administration"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it ends or repeats the invitation to a session that is there")),
    post::<Session>("team_viewer_session_notification_resend", "/api/preview/remote-administration-configurations/team-viewer/{configurationId}/sessions/{sessionId}/resend-notification")
        .title("Ask the user into a TeamViewer session again")
        .about("Ask the person at a Mac once more to let somebody into a session of TeamViewer.")
        .needs(&["Update Remote Administration"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it ends or repeats the invitation to a session that is there")),
];

/// One session of Remote Assist.
#[derive(JsonSchema)]
pub struct SessionById {
    /// Id of the session, a UUID.
    pub id: Name,
}
impl Arguments for SessionById {}

/// Sessions of one connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Sessions {
    /// Id of the connection; remote_administration_list tells it.
    pub configuration_id: Id,
    /// The page.
    #[schemars(flatten)]
    pub list: Filtered,
}
impl Arguments for Sessions {
    const ROWS: Rows = Rows::Paged;
}

/// One page of a list that Jamf pages and filters, but does not sort.
#[derive(JsonSchema)]
pub struct Filtered {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
    /// RSQL, such as `state==OPEN`.
    #[schemars(length(max = 8000))]
    pub filter: Option<String>,
}

/// One session of one connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Session {
    /// Id of the connection; remote_administration_list tells it.
    pub configuration_id: Id,
    /// Id of the session; team_viewer_session_list tells it.
    pub session_id: Name,
}
impl Arguments for Session {}

/// A new session of one connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SessionCreate {
    /// Id of the connection; remote_administration_list tells it.
    pub configuration_id: Id,
    /// The new session.
    pub body: NewSession,
}
impl Arguments for SessionCreate {}

/// A session with one Mac.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewSession {
    /// Jamf id of the computer, digits only.
    pub device_id: Id,
    /// Kind of device.
    pub device_type: DeviceType,
    /// What it is for; the person at the Mac sees it.
    #[schemars(length(max = 255))]
    pub description: String,
}

/// Kind of device.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DeviceType {
    Computer,
}

/// A new connection to TeamViewer.
#[derive(JsonSchema)]
pub struct ConnectionCreate {
    /// The new connection.
    pub body: Connection,
}
impl Arguments for ConnectionCreate {}

/// A connection to TeamViewer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Connection {
    /// Id of its site; -1 for none.
    pub site_id: IdOrNone,
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// TeamViewer's token; never given by a caller.
    #[schemars(length(min = 1, max = 255))]
    pub script_token: String,
    /// Sessions can be started.
    pub enabled: bool,
    /// Minutes until a session that nobody joins ends.
    #[schemars(range(min = 1, max = 1440))]
    pub session_timeout: i64,
}

/// What a connection to TeamViewer becomes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ConnectionChange {
    /// Name shown in Jamf Pro.
    #[schemars(length(max = 255))]
    pub display_name: Option<String>,
    /// Sessions can be started.
    pub enabled: Option<bool>,
    /// Minutes until a session that nobody joins ends.
    #[schemars(range(min = 1, max = 1440))]
    pub session_timeout: Option<i64>,
    /// TeamViewer's token; never given by a caller.
    #[schemars(length(max = 255))]
    pub token: Option<String>,
}
