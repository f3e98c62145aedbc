//! What happened is told in the order in which it can have happened.

use super::{Rule, Told, field, rows, world};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The moments of the entries of a log.
fn logged<'t>(log: &'t serde_json::Value, name: &'t str) -> impl Iterator<Item = i64> + 't {
    rows(log).iter().filter_map(move |entry| entry[name].as_i64())
}

#[tokio::test]
async fn the_clocks_of_a_computer_go_forward() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in &world.computers {
        let order = [
            "/purchasing/poDate",
            "/general/initialEntryDate",
            "/general/lastEnrolledDate",
            "/general/reportDate",
            "/general/lastCheckIn",
            "/general/lastContact",
        ];
        let told: Vec<(&str, i64)> =
            order.iter().filter_map(|name| Some((*name, computer.moment(name)?))).collect();
        for pair in told.windows(2) {
            let [(first, before), (second, after)] = pair else { continue };
            rule.holds(before <= after, || format!("{computer}: {first} is after {second}"));
        }
        let last = told.last().map_or(0, |(_, last)| *last);
        rule.holds(last <= world.now, || format!("{computer}: a contact in the future"));
        let (enrolled, checked_in) =
            (computer.moment("/general/lastEnrolledDate"), computer.moment("/general/lastCheckIn"));
        let login = computer.moment("/general/lastLoggedInUsernameBinaryTimestamp");
        rule.holds(login <= checked_in, || format!("{computer}: a login after the last check-in"));
        for profile in computer.rows("/configurationProfiles") {
            let at = super::millisecond(field(profile, "lastInstalled"));
            rule.holds(enrolled <= at && at <= computer.moment("/general/lastContact"), || {
                format!("{computer}: {} was installed at {at:?}", field(profile, "displayName"))
            });
        }
        for certificate in computer.rows("/certificates") {
            let (from, to) = (field(certificate, "issuedDate"), field(certificate, "expirationDate"));
            rule.holds(from < to && super::millisecond(from) <= Some(world.now), || {
                format!("{computer}: a certificate from {from} to {to}")
            });
        }
    }
}

#[tokio::test]
async fn the_past_of_a_computer_lies_between_its_enrollment_and_its_last_contact() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in &world.computers {
        let enrolled = computer.moment("/general/lastEnrolledDate").unwrap();
        let entered = computer.moment("/general/initialEntryDate").unwrap();
        let checked_in = computer.moment("/general/lastCheckIn").unwrap_or(enrolled);
        let contact = computer.moment("/general/lastContact").unwrap_or(enrolled);
        for (log, name, from, to) in [
            (&computer.past["policy_logs"], "date_time_epoch", enrolled, checked_in),
            (&computer.past["computer_usage_logs"], "date_time_epoch", enrolled, checked_in),
            (&computer.past["commands"]["completed"], "completed_epoch", enrolled, contact),
            (&computer.past["commands"]["failed"], "failed_epoch", enrolled, contact),
            (&computer.past["audits"], "date_time_epoch", entered, world.now),
            (&computer.past["user_location"], "date_time_epoch", entered, contact),
        ] {
            for at in logged(log, name) {
                // The Classic API tells whole seconds.
                rule.holds(from - 999 <= at && at <= to, || {
                    let days = (at - to).max(from - at) / DAY;
                    format!("{computer}: {name} of {log:.60} is {days} days off")
                });
            }
        }
    }
}

#[tokio::test]
async fn the_clocks_of_a_mobile_device_go_forward() {
    let world = world().await;
    let mut rule = Rule::default();
    for device in &world.devices {
        let (enrolled, heard) = (
            device.moment("/general/lastEnrolledDate").unwrap(),
            device.moment("/general/lastInventoryUpdateDate").unwrap(),
        );
        rule.holds(enrolled <= heard && heard <= world.now, || format!("{device}: heard of before"));
        for (log, name) in [
            (&device.past["management_commands"]["completed"], "date_time_completed_epoch"),
            (&device.past["management_commands"]["failed"], "date_time_failed_epoch"),
        ] {
            for at in logged(log, name) {
                rule.holds(enrolled <= at && at <= heard, || format!("{device}: {name} {at}"));
            }
        }
        for profile in device.rows("/profiles") {
            let at = super::millisecond(field(profile, "lastInstalled"));
            rule.holds(at >= Some(enrolled), || format!("{device}: a profile from before"));
        }
    }
}

#[tokio::test]
async fn check_ins_have_jitter_and_weekends_are_quiet() {
    let world = world().await;
    let mut rule = Rule::default();
    let seen: Vec<&Told> = world.inventoried().collect();
    let stamps: Vec<&str> = seen.iter().map(|computer| computer.text("/general/lastCheckIn")).collect();
    let share =
        |what: &dyn Fn(&str) -> bool| stamps.iter().filter(|stamp| what(stamp)).count() * 100 / stamps.len();
    let neat = share(&|stamp| stamp.get(17..19) == Some("00"));
    rule.holds(neat < 10, || format!("{neat} % of the check-ins are at whole minutes"));
    let fraction = share(&|stamp| !stamp.ends_with(".000Z"));
    rule.holds((20..90).contains(&fraction), || format!("{fraction} % have fractions of seconds"));
    let weekend = share(&|stamp| {
        let at = stamp.parse().unwrap();
        let day = jiff::tz::Offset::UTC.to_datetime(at).weekday();
        day.to_monday_one_offset() > 5
    });
    rule.holds(weekend < 20, || format!("{weekend} % of the check-ins are on a weekend"));
    let ages: Vec<i64> = seen
        .iter()
        .map(|computer| (world.now - computer.moment("/general/lastCheckIn").unwrap()) / DAY)
        .collect();
    let silent = ages.iter().filter(|days| **days > 30).count();
    let long = ages.iter().filter(|days| **days > 180).count();
    rule.holds((27..=32).contains(&silent) && (11..=14).contains(&long), || format!("{silent} {long}"));
}
