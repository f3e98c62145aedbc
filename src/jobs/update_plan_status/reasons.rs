//! What the reasons mean by which update plans fail, and what cures them. The words are those of Jamf's documents.

/// What cures a reason.
pub(in crate::jobs) fn cure(reason: &str) -> &'static str {
    match reason {
        "APPLE_SILICON_NO_ESCROW_KEY" => {
            "the bootstrap token is not escrowed: a secure token user runs `profiles install -type bootstraptoken`, then plan again"
        }
        "NO_DISK_SPACE" => "free space on the disk, then plan again",
        "EXISTING_PLAN_FOR_DEVICE_IN_PROGRESS" => {
            "another plan of the device is under way: wait for it, this one is not needed"
        }
        "NOT_SUPERVISED" => "only supervised devices take it: enroll by Automated Device Enrollment",
        "NOT_MANAGED" => "enroll the device again",
        "NO_UPDATES_AVAILABLE" | "IS_LATEST_FAILURE" => {
            "the device has it already, or Apple offers it nothing newer"
        }
        "SPECIFIC_VERSION_UNAVAILABLE" => "Apple does not offer this version any more: plan a newer one",
        "SPECIFIC_VERSION_UNAVAILABLE_FOR_DEVICE_MODEL" => {
            "the model does not run this version: leave it out, or replace it"
        }
        "DOWNGRADE_NOT_SUPPORTED" => "the device is newer than the target: nothing to do",
        "ACTION_NOT_SUPPORTED_FOR_DEVICE_TYPE" => "choose another action for this kind of device",
        "DECLARATIVE_DEVICE_MANAGEMENT_SOFTWARE_UPDATES_NOT_SUPPORTED_FOR_DEVICE_OS_VERSION"
        | "DECLARATIVE_DEVICE_MANAGEMENT_SOFTWARE_UPDATES_NOT_SUPPORTED_FOR_DEVICE_TYPE" => {
            "the device cannot be updated by declaration (macOS 14 and iOS 17 or newer can): have its user update it"
        }
        "NO_DEVICE_STATUS_BY_GRACE_PERIOD" => {
            "the device did not report in time: see whether it is in contact, then plan again"
        }
        "APPLE_SOFTWARE_LOOKUP_SERVICE_ERROR" => "Apple's service did not answer: plan again later",
        "PLAN_NOT_FOUND" => "the plan is gone: plan again",
        "INVALID_CONFIGURATION_DECLARATION" | "ILLEGAL_ARGUMENT_EXCEPTION" => {
            "the plan was not valid: look at its version, build and date"
        }
        "UNABLE_TO_FIND_UPDATES_AND_OUT_OF_RETRIES"
        | "QUEUE_AVAILABLE_OS_UPDATE_COMMAND_FAILURE"
        | "SCAN_WAIT_FINISHED_FAILURE" => "the device did not find the update: restart it, then plan again",
        "VERIFY_INSTALLATION_FAILURE" | "IS_INSTALLED_FAILURE" | "STILL_IN_PROGRESS_FAILURE" => {
            "the installation was not confirmed: compare the version in inventory, then plan again"
        }
        "MDM_EXCEPTION" | "MDM_CLIENT_EXCEPTION" | "HANDLE_COMMAND_QUEUE_FAILURE" => {
            "the MDM command failed: see `mdm_health` and `command_failures`, then plan again"
        }
        _ => "an error within Jamf Pro or the device: look at the events of the plan, then plan again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_nobody_knows_yet_has_a_step_too() {
        assert!(cure("SOMETHING_NEW").contains("events of the plan"));
        assert!(cure("NO_DISK_SPACE").contains("space"));
    }
}
