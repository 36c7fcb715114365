//! How the embedded bytes are laid out: what the generator (`graphwalk-generator`) writes and the catalog reads.
//!
//! All numbers are little-endian. A header is followed by sections of records of equal length. A record that owns a run
//! of records of another section holds the number of the first; the run ends where the next record's begins, so such
//! sections end with one record more than they count. Nothing is decoded in advance: a look-up reads the few records
//! that it passes.

/// The first bytes; the digits are the version of this layout.
pub const MAGIC: &[u8; 8] = b"GWCAT004";

/// The SHA-256 hashes of CSDL, permissions list and overlay follow, then the sections: offset and count, 4 bytes each.
pub const HASHES: usize = MAGIC.len();
/// The length of a hash.
pub const HASH: usize = 32;
/// The place where the table of sections begins.
pub const SECTIONS: usize = HASHES + 3 * HASH;
/// The place where the first section begins.
pub const BODY: usize = SECTIONS + 8 * DataSection::ALL.len();

/// A section: what its records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSection {
    /// The end of each text, 3 bytes.
    Ends,
    /// The texts themselves, one byte a record.
    Texts,
    /// name, flags (1), base + 1, first property, navigation, member, operation, subtype. Sorted by name, regardless of case.
    Types,
    /// name, type, flags (1). In the order of the CSDL.
    Properties,
    /// name, type, flags (1). Sorted by name, regardless of case.
    Navigations,
    /// name of a member of an enumeration. In the order of the CSDL.
    Members,
    /// name, namespace, returned type, flags (1), first parameter. Sorted by name, regardless of case.
    Operations,
    /// A type that derives directly from the owner. Sorted by name, regardless of case.
    Subtypes,
    /// The facts that are documented and not in the CSDL: type, property (the empty text: the type itself), kind (1), value
    /// as text. From the overlay. Sorted by type.
    Facts,
    /// name, type, flags (1), without the binding parameter.
    Parameters,
    /// Entity sets and singletons: name, type, flags (1) as of a navigation. Sorted by name, regardless of case.
    Roots,
    /// type, number of the key (1; 0 is the key, others are alternate keys), property. Sorted by type.
    Keys,
    /// The tree of the permissions list's paths: segment, first child, first method. Children sorted by segment.
    Paths,
    /// method (1), access.
    Methods,
    /// first grant of an access: which permissions let a call pass.
    Accesses,
    /// permission, flags (1), what is required beside it (1; 0 is nothing).
    Grants,
    /// first of what is required beside a permission.
    Besides,
    /// permission that is required beside another.
    BesideItems,
    /// name, then a byte a scheme. Sorted by name, regardless of case.
    Permissions,
    /// The resources that may be created and deleted again: a text each, JSON. From the overlay.
    Resources,
    /// The types that act on others: a text each, JSON. From the overlay.
    ActsOn,
    /// The values that the service adds to new objects: a text each, JSON. From the overlay.
    Created,
}

impl DataSection {
    /// All of them, in the order of the bytes.
    pub const ALL: [Self; 22] = [
        Self::Ends,
        Self::Texts,
        Self::Types,
        Self::Properties,
        Self::Navigations,
        Self::Members,
        Self::Operations,
        Self::Subtypes,
        Self::Facts,
        Self::Parameters,
        Self::Roots,
        Self::Keys,
        Self::Paths,
        Self::Methods,
        Self::Accesses,
        Self::Grants,
        Self::Besides,
        Self::BesideItems,
        Self::Permissions,
        Self::Resources,
        Self::ActsOn,
        Self::Created,
    ];

    /// The length of a record, in bytes.
    pub const fn record(self) -> usize {
        match self {
            Self::Texts => 1,
            Self::Members
            | Self::Subtypes
            | Self::Accesses
            | Self::Besides
            | Self::BesideItems
            | Self::Resources
            | Self::ActsOn
            | Self::Created => 2,
            Self::Ends | Self::Methods => 3,
            Self::Grants => 4,
            Self::Properties | Self::Navigations | Self::Parameters | Self::Roots | Self::Keys | Self::Permissions => 5,
            Self::Paths => 6,
            Self::Facts => 7,
            Self::Operations => 9,
            Self::Types => 15,
        }
    }
}

/// In a type where it is used: it is a collection.
pub const MANY: u16 = 0x8000;
/// Instead of a type: there is none.
pub const NO_TYPE: u16 = 0xffff;
/// The number of the first type that is not primitive.
pub const FIRST_TYPE: u16 = 64;

/// The primitive types, by number.
pub const PRIMITIVES: [&str; 18] = [
    "Edm.Binary",
    "Edm.Boolean",
    "Edm.Byte",
    "Edm.Date",
    "Edm.DateTimeOffset",
    "Edm.Decimal",
    "Edm.Double",
    "Edm.Duration",
    "Edm.Guid",
    "Edm.Int16",
    "Edm.Int32",
    "Edm.Int64",
    "Edm.SByte",
    "Edm.Single",
    "Edm.Stream",
    "Edm.String",
    "Edm.TimeOfDay",
    "Edm.Untyped",
];

/// Flags of a type.
pub mod type_flags {
    /// It is a complex type.
    pub const COMPLEX: u8 = 1;
    /// It is an enumeration.
    pub const ENUM: u8 = 2;
    /// It may have properties that the metadata does not list.
    pub const OPEN: u8 = 4;
    /// There are only objects of types that derive from it.
    pub const ABSTRACT: u8 = 8;
    /// Its objects are files too: `$value` is their bytes.
    pub const STREAM: u8 = 16;
    /// Members of the enumeration may stand together.
    pub const FLAGS: u8 = 32;
    /// A PATCH of it that is sent twice does what it does once. From the overlay.
    pub const REPEATABLE: u8 = 64;
    /// A PATCH of it is answered with the object. From the overlay.
    pub const ANSWERED: u8 = 128;
}

/// Flags of properties, navigations, roots and parameters.
pub mod use_flags {
    /// It may be null.
    pub const NULLABLE: u8 = 1;
    /// A property that the service computes.
    pub const COMPUTED: u8 = 2;
    /// A navigation that contains its target, by the metadata.
    pub const CONTAINS: u8 = 2;
    /// A parameter that may be left out.
    pub const OPTIONAL: u8 = 2;
    /// By how many bits the bond of a navigation is shifted.
    pub const BOND: u8 = 2;
}

/// Bonds of a navigation, from the overlay.
pub mod bonds {
    /// Nobody has said.
    pub const UNKNOWN: u8 = 0;
    /// Part of its owner, and gone with it.
    pub const CONTAINED: u8 = 1;
    /// A reference that the owner holds.
    pub const REFERS: u8 = 2;
    /// A reference that the target holds.
    pub const REFERRED: u8 = 3;
}

/// Flags of operations.
pub mod operation_flags {
    /// A function; otherwise an action.
    pub const FUNCTION: u8 = 1;
    /// A path may go on after it.
    pub const COMPOSABLE: u8 = 2;
    /// It is bound to a collection.
    pub const ON_MANY: u8 = 4;
    /// Its result may be null.
    pub const NULLABLE: u8 = 8;
    /// It changes nothing but the object to which it is bound. From the overlay.
    pub const ACTS_WITHIN: u8 = 16;
    /// It only reads, although it is called with POST. From the overlay.
    pub const READS: u8 = 32;
}

/// Kinds of documented facts.
pub mod facts {
    /// One of the values that a property has.
    pub const VALUE: u8 = 0;
    /// The form of a property's text: one of `FORMATS`.
    pub const FORMAT: u8 = 1;
    /// The least number.
    pub const LEAST: u8 = 2;
    /// The greatest number.
    pub const MOST: u8 = 3;
    /// The property is no earlier than another one.
    pub const NOT_BEFORE: u8 = 4;
    /// Whoever creates an object has to give the property.
    pub const REQUIRED_ON_CREATE: u8 = 5;
    /// The type of a value that does not name its own.
    pub const DEFAULT_TYPE: u8 = 6;
    /// Graph takes the property and does not answer it.
    pub const WRITE_ONLY: u8 = 7;
    /// The most characters of a text.
    pub const LONGEST: u8 = 8;
    /// The most items of a list.
    pub const MOST_ITEMS: u8 = 9;
    /// Characters that a text does not have.
    pub const WITHOUT: u8 = 10;
    /// The moments at which the property can be written: one of `WRITABLE`.
    pub const WRITABLE: u8 = 11;
    /// The question that `$filter` may ask of the property: one of `FILTERS`, with `ADVANCED` behind it where that has to
    /// be advanced, or `DEFAULT_ONLY` where it must not be.
    pub const FILTER: u8 = 12;
    /// The property can be ordered by: an empty text, or `ADVANCED`.
    pub const SORT: u8 = 13;
    /// `$search` splits the words of the property.
    pub const SEARCH: u8 = 14;
    /// The type of an object that the navigation takes: there is a fact for each.
    pub const TAKES: u8 = 15;
    /// A permission that writing the property needs beside those of the call: there is a fact for each, of which one is enough.
    pub const WRITE_NEEDS: u8 = 16;
    /// Of a person with roles only others of weight change the property.
    pub const SENSITIVE: u8 = 17;
}

/// The forms of text that can be documented, beside those of primitive types.
pub const FORMATS: [&str; 5] = ["uuid", "country-code", "user-principal-name", "ascii", "without-accents"];

/// The moments at which a property can be written, if it cannot always be.
pub const WRITABLE: [&str; 3] = ["never", "on-create", "on-update"];

/// The questions that `$filter` may ask of a property.
pub const FILTERS: [&str; 8] = ["eq", "startsWith", "endsWith", "ge", "le", "null", "count0", "count1"];
/// Stands behind what only an advanced query may ask.
pub const ADVANCED: char = '+';
/// Stands behind what no advanced query may ask.
pub const DEFAULT_ONLY: char = '!';

/// Methods of the permissions list, by number.
pub const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// Schemes of the permissions list, by number.
pub const SCHEMES: [&str; 3] = ["DelegatedWork", "DelegatedPersonal", "Application"];

/// Flags of a grant: the scheme, and what is said of it.
pub mod grant_flags {
    /// The bits of the scheme's number.
    pub const SCHEME: u8 = 3;
    /// The list calls this permission the least for the call.
    pub const LEAST: u8 = 4;
    /// It is good for the caller's own user only. From the overlay.
    pub const OWN_USER: u8 = 8;
}

/// Of a permission in a scheme.
pub mod permission_flags {
    /// It exists in the scheme.
    pub const EXISTS: u8 = 1;
    /// An administrator has to consent.
    pub const ADMIN_CONSENT: u8 = 2;
    /// By how many bits the level of privilege is shifted.
    pub const LEVEL: u8 = 2;
}

/// The segment of the tree that represents a key or a value: no text.
pub const PLACEHOLDER: &str = "{}";
/// The segment of the tree that represents a path in a drive or of a site, between colons.
pub const BY_PATH: &str = ":";
