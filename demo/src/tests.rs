//! The tenant over real HTTP, on loopback.

mod classic;
mod client;
mod computers;
mod families;
mod faults;
mod groups;
mod mobile_devices;
mod others;
mod prestages;
