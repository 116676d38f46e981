//! Which key means which recording.

use crate::catalogue::{Audible, Recording};
use crate::key::Key;
use crate::name::Naming;

/// How a line offers its recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MenuStyle {
    /// The newest, then two more; key 0 leads to earlier ones. For callers who find menus hard.
    #[default]
    Gentle,
    /// Nine at once, in the words of the first Dial-A-Service.
    Classic,
}

/// Keys 1 to 9 choose.
const CHOICES: usize = 9;

impl MenuStyle {
    /// How many recordings are spoken on a page.
    pub const fn spoken(self) -> usize {
        match self {
            Self::Gentle => 3,
            Self::Classic => CHOICES,
        }
    }

    /// How recordings are named.
    pub const fn naming(self) -> Naming {
        match self {
            Self::Gentle => Naming::Distinct,
            Self::Classic => Naming::Plain,
        }
    }
}

/// One page of the menu. Keys 1 to 9 mean its nine newest recordings, spoken or not.
#[derive(Debug, Clone, Copy)]
pub struct Menu<'a> {
    audible: Audible<'a>,
    offset: usize,
    style: MenuStyle,
}

impl<'a> Menu<'a> {
    /// The page that begins at a place of the list; the first page if there is no such place.
    pub fn new(audible: Audible<'a>, offset: usize, style: MenuStyle) -> Self {
        let offset = if audible.get(offset).is_some() { offset } else { 0 };
        Self { audible, offset, style }
    }

    /// Where the page begins in the list.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The recordings that are offered aloud, with their keys.
    pub fn spoken(&self) -> impl Iterator<Item = (Key, &'a Recording)> {
        let keys = (1..).map_while(Key::digit);
        keys.zip(self.audible.iter().skip(self.offset)).take(self.style.spoken())
    }

    /// What a key chooses.
    pub fn pick(&self, key: Key) -> Option<&'a Recording> {
        let place = usize::from(key.number()?.checked_sub(1)?);
        self.audible.get(self.offset.saturating_add(place))
    }

    /// Where the page with earlier recordings begins.
    pub fn earlier(&self) -> Option<usize> {
        let next = self.offset + self.style.spoken();
        self.audible.get(next).map(|_| next)
    }
}
