//! Stories that an admin can find out over the API alone, from what is told of a device, a person or a policy.

mod duplicates;
