#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jamf_pro_fuzz::xml(data));
