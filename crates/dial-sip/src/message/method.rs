//! Methods and status codes.

use std::fmt;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Begins a call, or changes it.
    Invite,
    /// Confirms the final answer to an INVITE.
    Ack,
    /// Confirms a reliable provisional answer (RFC 3262).
    Prack,
    /// Changes a call without a new transaction of three steps (RFC 3311).
    Update,
    /// Says something inside a call, such as a digit (RFC 6086).
    Info,
    /// Ends a call.
    Bye,
    /// Ends a call that is not answered yet.
    Cancel,
    /// Asks what we can do, or whether we live.
    Options,
    /// Tells a registrar where somebody is.
    Register,
    /// Known, and never served here.
    Message,
    /// Known, and never served here.
    Notify,
    /// Known, and never served here.
    Publish,
    /// Known, and never served here.
    Refer,
    /// Known, and never served here.
    Subscribe,
    /// A method that no RFC we know defines.
    Unknown,
}

const NAMES: [(Method, &str); 14] = [
    (Method::Invite, "INVITE"),
    (Method::Ack, "ACK"),
    (Method::Prack, "PRACK"),
    (Method::Update, "UPDATE"),
    (Method::Info, "INFO"),
    (Method::Bye, "BYE"),
    (Method::Cancel, "CANCEL"),
    (Method::Options, "OPTIONS"),
    (Method::Register, "REGISTER"),
    (Method::Message, "MESSAGE"),
    (Method::Notify, "NOTIFY"),
    (Method::Publish, "PUBLISH"),
    (Method::Refer, "REFER"),
    (Method::Subscribe, "SUBSCRIBE"),
];

impl Method {
    /// The methods that are served, as the Allow header field tells them.
    pub const ALLOW: &'static str = "INVITE, ACK, PRACK, UPDATE, INFO, BYE, CANCEL, OPTIONS";

    /// The method of a word; methods are told apart by case (RFC 3261 section 7.1).
    pub fn of(word: &[u8]) -> Self {
        let known = NAMES.iter().find(|(_, name)| name.as_bytes() == word);
        known.map_or(Self::Unknown, |(method, _)| *method)
    }

    /// The word; none stands for an unknown method.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(method, _)| *method == self).map_or("", |(_, name)| name)
    }

    /// Whether a call serves it.
    pub const fn is_served(self) -> bool {
        use Method::*;
        matches!(self, Invite | Ack | Prack | Update | Info | Bye | Cancel | Options)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The code of an answer, 100 to 699.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

/// Declares the statuses that we send, each with its reason phrase.
macro_rules! statuses {
    ($($name:ident = $code:literal $reason:literal;)+) => {
        impl Status {
            $(#[doc = concat!(stringify!($code), " ", $reason, ".")]
            pub const $name: Self = Self($code);)+

            /// The usual words for it.
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)+
                    _ => "Status",
                }
            }
        }
    };
}

statuses! {
    TRYING = 100 "Trying";
    RINGING = 180 "Ringing";
    PROGRESS = 183 "Session Progress";
    OK = 200 "OK";
    BAD_REQUEST = 400 "Bad Request";
    UNAUTHORIZED = 401 "Unauthorized";
    FORBIDDEN = 403 "Forbidden";
    NOT_FOUND = 404 "Not Found";
    METHOD_NOT_ALLOWED = 405 "Method Not Allowed";
    NOT_ACCEPTABLE = 406 "Not Acceptable";
    TIMEOUT = 408 "Request Timeout";
    BODY_TOO_LARGE = 413 "Request Entity Too Large";
    UNSUPPORTED_MEDIA = 415 "Unsupported Media Type";
    UNSUPPORTED_SCHEME = 416 "Unsupported URI Scheme";
    BAD_EXTENSION = 420 "Bad Extension";
    INTERVAL_TOO_SMALL = 422 "Session Interval Too Small";
    UNAVAILABLE_NOW = 480 "Temporarily Unavailable";
    NO_SUCH_CALL = 481 "Call/Transaction Does Not Exist";
    LOOP = 482 "Loop Detected";
    TOO_MANY_HOPS = 483 "Too Many Hops";
    BUSY = 486 "Busy Here";
    CANCELLED = 487 "Request Terminated";
    NOT_ACCEPTABLE_HERE = 488 "Not Acceptable Here";
    REQUEST_PENDING = 491 "Request Pending";
    INTERNAL = 500 "Server Internal Error";
    NOT_IMPLEMENTED = 501 "Not Implemented";
    UNAVAILABLE = 503 "Service Unavailable";
    VERSION = 505 "Version Not Supported";
    MESSAGE_TOO_LARGE = 513 "Message Too Large";
    DECLINE = 603 "Decline";
}

impl Status {
    /// A code from 100 to 699.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code < 700 { Some(Self(code)) } else { None }
    }

    /// The code as a number.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// 100 to 199: a final answer follows.
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// 200 to 299.
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_told_by_case_and_what_is_allowed_is_what_is_served() {
        assert_eq!(Method::of(b"INVITE"), Method::Invite);
        assert_eq!(Method::of(b"invite"), Method::Unknown);
        let served = NAMES.iter().filter(|(method, _)| method.is_served());
        let names: Vec<_> = served.map(|(_, name)| *name).collect();
        assert_eq!(names.join(", "), Method::ALLOW);
    }
}
