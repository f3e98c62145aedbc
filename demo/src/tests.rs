//! The tenant over real HTTP, on loopback.

mod api_clients;
mod classic;
mod classic_computers;
mod classic_devices;
mod classic_operations;
mod client;
mod computers;
mod configuration;
mod consistency;
mod control;
mod enrollment;
mod families;
mod faults;
mod filters;
mod groups;
mod harder;
mod large;
mod mobile_devices;
mod others;
mod patches;
mod prestages;
mod reads;
mod software_titles;
mod state_file;
mod stories;
mod world;
