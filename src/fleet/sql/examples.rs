//! A statement for each table: a question that admins ask, or the join that the table is for.

/// The example of a table; empty where there is none, which a test refuses.
pub(super) fn example(table: &str) -> &'static str {
    EXAMPLES.iter().find(|(name, _)| *name == table).map_or("", |(_, sql)| sql)
}

const EXAMPLES: &[(&str, &str)] = &[
    (
        "computers",
        "SELECT name, serial_number, username, last_check_in FROM computers WHERE managed = 1 AND days_since(last_check_in) > 30 ORDER BY last_check_in",
    ),
    (
        "computer_extension_attributes",
        "SELECT c.name, a.number FROM computer_extension_attributes a JOIN computers c ON c.id = a.device_id WHERE a.name = 'Battery Cycles' AND a.number > 1000",
    ),
    (
        "computer_disks",
        "SELECT c.name, d.free_mb FROM computer_disks d JOIN computers c ON c.id = d.computer_id WHERE d.type = 'BOOT' AND d.used_percent > 90",
    ),
    (
        "computer_applications",
        "SELECT name, version, count(*) AS computers FROM computer_applications GROUP BY name, version ORDER BY computers DESC LIMIT 50",
    ),
    (
        "computer_local_users",
        "SELECT c.name, u.username FROM computer_local_users u JOIN computers c ON c.id = u.computer_id WHERE u.admin = 1",
    ),
    (
        "computer_certificates",
        "SELECT c.name, x.common_name, x.expires FROM computer_certificates x JOIN computers c ON c.id = x.computer_id WHERE days_since(x.expires) BETWEEN -30 AND 0",
    ),
    (
        "computer_profiles",
        "SELECT name, count(*) AS computers FROM computer_profiles GROUP BY name ORDER BY computers DESC",
    ),
    (
        "computer_receipts",
        "SELECT name, count(*) AS computers FROM computer_receipts GROUP BY name ORDER BY computers DESC",
    ),
    (
        "group_members",
        "SELECT g.name, count(*) AS devices FROM group_members m JOIN groups g ON g.id = m.group_id AND g.kind = m.kind GROUP BY g.kind, g.name ORDER BY devices DESC",
    ),
    (
        "mobile_devices",
        "SELECT os_version, count(*) AS devices FROM mobile_devices GROUP BY os_version ORDER BY version_key(os_version) DESC",
    ),
    (
        "mobile_device_extension_attributes",
        "SELECT name, value, count(*) AS devices FROM mobile_device_extension_attributes GROUP BY name, value",
    ),
    (
        "mobile_device_applications",
        "SELECT name, version, count(*) AS devices FROM mobile_device_applications GROUP BY name, version ORDER BY devices DESC LIMIT 50",
    ),
    (
        "mobile_device_profiles",
        "SELECT name, count(*) AS devices FROM mobile_device_profiles GROUP BY name ORDER BY devices DESC",
    ),
    (
        "mobile_device_certificates",
        "SELECT d.name, x.common_name, x.expires FROM mobile_device_certificates x JOIN mobile_devices d ON d.id = x.device_id ORDER BY x.expires LIMIT 20",
    ),
    (
        "users",
        "SELECT u.username, count(c.id) AS computers FROM users u LEFT JOIN computers c ON c.username = u.username GROUP BY u.username HAVING computers > 1",
    ),
    ("groups", "SELECT name, kind, members FROM groups WHERE smart = 1 AND members = 0"),
    (
        "platform_groups",
        "SELECT g.name, p.platform_id FROM platform_groups p JOIN groups g ON g.id = p.group_id AND g.kind = p.kind",
    ),
    (
        "group_criteria",
        "SELECT g.name, c.operator, c.value FROM group_criteria c JOIN groups g ON g.id = c.group_id AND g.kind = c.kind WHERE c.name = 'Operating System Version'",
    ),
    (
        "user_group_members",
        "SELECT g.name, m.username FROM user_group_members m JOIN groups g ON g.id = m.group_id AND g.kind = 'user'",
    ),
    ("searches", "SELECT kind, name FROM searches ORDER BY kind, name"),
    (
        "search_criteria",
        "SELECT s.name, c.name, c.operator, c.value FROM search_criteria c JOIN searches s ON s.id = c.search_id AND s.kind = c.kind",
    ),
    (
        "policies",
        "SELECT id, name, frequency FROM policies WHERE enabled = 1 AND on_check_in = 1 AND all_computers = 1",
    ),
    (
        "policy_scripts",
        "SELECT p.name, s.name, s.p4 FROM policy_scripts s JOIN policies p ON p.id = s.policy_id WHERE s.p4 IS NOT NULL",
    ),
    (
        "policy_packages",
        "SELECT p.name AS policy, k.name AS package FROM policy_packages k JOIN policies p ON p.id = k.policy_id WHERE p.enabled = 1",
    ),
    ("profiles", "SELECT name, kind, level FROM profiles WHERE payload_types LIKE '%wifi%'"),
    (
        "profile_settings",
        "SELECT p.name, s.payload_type, s.value FROM profile_settings s JOIN profiles p ON p.id = s.profile_id AND p.kind = s.kind WHERE s.key = 'SSID_STR'",
    ),
    ("scoped_objects", "SELECT object_kind, name FROM scoped_objects WHERE enabled = 0"),
    (
        "scope_entries",
        "SELECT o.object_kind, o.name FROM scope_entries e JOIN scoped_objects o ON o.object_id = e.object_id AND o.object_kind = e.object_kind WHERE e.role = 'exclusion' AND e.type = 'computer_group'",
    ),
    (
        "object_references",
        "SELECT from_kind, from_name, role FROM object_references WHERE to_kind = 'computer_group' AND to_id = '1'",
    ),
    ("scripts", "SELECT name FROM scripts WHERE text LIKE '%jamf recon%'"),
    (
        "packages",
        "SELECT name, size_bytes FROM packages WHERE id NOT IN (SELECT package_id FROM policy_packages WHERE package_id IS NOT NULL)",
    ),
    (
        "extension_attributes",
        "SELECT kind, name, data_type FROM extension_attributes WHERE input_type = 'SCRIPT' AND enabled = 1",
    ),
    (
        "categories",
        "SELECT c.name, count(p.id) AS policies FROM categories c LEFT JOIN policies p ON p.category = c.name GROUP BY c.name",
    ),
    (
        "buildings",
        "SELECT b.name, count(c.id) AS computers FROM buildings b LEFT JOIN computers c ON c.building_id = b.id GROUP BY b.name",
    ),
    (
        "departments",
        "SELECT d.name, count(c.id) AS computers FROM departments d LEFT JOIN computers c ON c.department_id = d.id GROUP BY d.name",
    ),
    (
        "sites",
        "SELECT s.name, count(c.id) AS computers FROM sites s LEFT JOIN computers c ON c.site_id = s.id GROUP BY s.name",
    ),
    ("network_segments", "SELECT name, starting_address, ending_address FROM network_segments"),
    ("prestages", "SELECT kind, name FROM prestages WHERE is_default = 1"),
    ("apps", "SELECT kind, name, version FROM apps ORDER BY kind, name"),
    (
        "patch_titles",
        "SELECT t.name, d.version, count(*) AS devices FROM patch_titles t JOIN patch_devices d ON d.patch_title_id = t.id GROUP BY t.name, d.version",
    ),
    (
        "patch_policies",
        "SELECT t.name, p.name, p.target_version FROM patch_policies p JOIN patch_titles t ON t.id = p.patch_title_id WHERE p.enabled = 1",
    ),
    ("restricted_software", "SELECT name, process_name FROM restricted_software WHERE kills_process = 1"),
    ("ebooks", "SELECT name, author FROM ebooks"),
    ("volume_purchasing", "SELECT kind, name FROM volume_purchasing"),
    ("classes", "SELECT name, source FROM classes"),
    ("printers", "SELECT name, model, location FROM printers"),
    ("webhooks", "SELECT name, event, host FROM webhooks WHERE enabled = 1"),
    ("directory_servers", "SELECT id, name FROM directory_servers"),
    ("api_roles", "SELECT name FROM api_roles"),
    (
        "api_role_privileges",
        "SELECT r.name, count(*) AS privileges FROM api_role_privileges p JOIN api_roles r ON r.id = p.api_role_id GROUP BY r.name",
    ),
    ("api_clients", "SELECT name, client_id FROM api_clients WHERE enabled = 1"),
    ("accounts", "SELECT username, privilege_set FROM accounts WHERE status = 'Enabled'"),
    ("account_groups", "SELECT name, privilege_set FROM account_groups"),
    (
        "mdm_commands",
        "SELECT command, error_text, count(*) AS times FROM mdm_commands WHERE error_text IS NOT NULL GROUP BY 1, 2 ORDER BY times DESC",
    ),
    (
        "update_plans",
        "SELECT state, errors, count(*) AS plans FROM update_plans GROUP BY state, errors ORDER BY plans DESC",
    ),
    (
        "patch_devices",
        "SELECT device_name, version FROM patch_devices WHERE patch_title_id = '1' ORDER BY version_key(version)",
    ),
    (
        "applications",
        "SELECT name, version, installations FROM applications WHERE name LIKE '%Chrome%' ORDER BY version_key(version)",
    ),
    ("fleet_parts", "SELECT part, as_of, complete FROM fleet_parts WHERE as_of IS NOT NULL"),
];
