//! The networks of the buildings: the second number of an address in 10.0.0.0/8. The network segments of the Classic API have the
//! same.

use super::people::BUILDINGS;

/// The network of the schools, which puts nothing in a building.
pub(crate) const SCHOOLS: usize = 5;
/// The network of those who are elsewhere.
pub(crate) const VPN: usize = 9;

/// The network of a building, by its place in the list of them.
pub(crate) fn of_building(building: usize) -> usize {
    [1, 2, 3, 4, 6, 7].get(building).copied().unwrap_or(VPN)
}

/// An address in a network; each device has one of its own.
pub(crate) fn address(net: usize, device: usize) -> String {
    format!("10.{net}.{}.{}", device / 250 % 250, device % 250 + 2)
}

/// The networks with the building that each puts a device in.
pub(crate) fn of_buildings() -> impl Iterator<Item = (&'static str, usize)> {
    BUILDINGS.iter().enumerate().map(|(place, (name, ..))| (*name, of_building(place)))
}
