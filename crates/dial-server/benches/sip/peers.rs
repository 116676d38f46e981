//! What others do. These figures were measured elsewhere: on another machine with two processors, by a load
//! generator of its own, for a ten-minute G.711 file, with every packet received and judged, and a packet in
//! time within 10 ms.

/// A program that others answer calls with.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Calls at a time with fewer than one packet of 1,000 missing.
    pub(crate) calls: [u32; 2],
    /// Of one processor, in per cent, for 100 calls.
    pub(crate) cpu_100: [u32; 2],
    pub(crate) kb_a_call: u32,
    /// New calls a second without a failure.
    pub(crate) a_second: u32,
    /// From ringing to the answer, the middle and all but one of a hundred, in milliseconds.
    pub(crate) answer: [f64; 2],
    /// From ringing to the first packet, the middle, in milliseconds.
    pub(crate) heard: f64,
    /// From a key to the next prompt, the middle, in milliseconds.
    pub(crate) key: f64,
}

/// Asterisk with `chan_pjsip`; its IVR for the first packet, for `Playback` as it is configured takes 503 ms.
pub(crate) const ASTERISK: Peer = Peer {
    name: "Asterisk",
    calls: [300, 400],
    cpu_100: [23, 26],
    kb_a_call: 150,
    a_second: 300,
    answer: [1.5, 7.0],
    heard: 13.0,
    key: 101.0,
};

/// FreeSWITCH with `mod_sofia`.
pub(crate) const FREESWITCH: Peer = Peer {
    name: "FreeSWITCH",
    calls: [400, 450],
    cpu_100: [28, 34],
    kb_a_call: 460,
    a_second: 150,
    answer: [5.0, 29.0],
    heard: 23.0,
    key: 140.0,
};
