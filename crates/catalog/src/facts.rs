//! What is documented of types and their properties, and not in the metadata. From the overlay.

use crate::data::DataRecord;
use crate::layout::{DataSection, WRITABLE, facts};
use crate::queries::{FilterOperator, QueryNeed};
use crate::types::Type;

/// One thing that is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A text, or each of a list, is one of several values: there is a fact for each. Graph may add to them.
    Value(&'static str),
    /// A text has this form: `uuid`, `country-code`, `user-principal-name`, `ascii`, `without-accents`.
    Format(&'static str),
    /// A number is at least this one.
    Least(i64),
    /// A number is at most this one.
    Most(i64),
    /// A time is not before that of another property.
    NotBefore(&'static str),
    /// Whoever creates an object has to give it, unless this other property is given; empty if there is no such other.
    RequiredOnCreate(&'static str),
    /// Graph takes the property and does not answer it, or answers it as asterisks or null.
    WriteOnly,
    /// A value of the type that does not name its own is of this type.
    DefaultType(&'static str),
    /// A text, or each of a list, has at most so many characters.
    Longest(u64),
    /// A list has at most so many items.
    MostItems(u64),
    /// A text has none of these characters.
    Without(&'static str),
    /// The property can be written only then.
    Writable(Writable),
    /// `$filter` may ask this of the property, with that.
    Filter(FilterOperator, QueryNeed),
    /// `$orderby` may sort by the property, with that.
    Sort(QueryNeed),
    /// `$search` splits the words of the property.
    Search,
    /// Objects of this type can be referred to by the navigation: there is a fact for each.
    Takes(&'static str),
    /// Whoever writes the property needs this permission beside those of the call, or another one of which this is said.
    WriteNeeds(&'static str),
    /// Of a person with roles only others of weight change the property.
    Sensitive,
}

/// The moments at which a property can be written, if it cannot always be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writable {
    /// Only the service sets it.
    Never,
    /// Only when the object is created.
    OnCreate,
    /// Only when the object is changed, and not when it is created.
    OnUpdate,
}

/// The properties that only the service sets, of whatever type (the resource pages; the metadata says it of few).
pub const SET_BY_SERVICE: [&str; 3] = ["id", "createdDateTime", "deletedDateTime"];

impl Writable {
    /// Returns the word for it, as schemas have it: `never`, `on-create`, `on-update`.
    pub fn name(self) -> &'static str {
        WRITABLE[self as usize]
    }

    /// Reads what [`Writable::name`] returns.
    pub fn of_name(text: &str) -> Option<Self> {
        let index = WRITABLE.iter().position(|known| *known == text)?;
        Some([Self::Never, Self::OnCreate, Self::OnUpdate][index])
    }

    /// Returns whether a POST may set the property.
    pub fn on_create(self) -> bool {
        self == Self::OnCreate
    }

    /// Returns whether a PATCH may set the property.
    pub fn on_update(self) -> bool {
        self == Self::OnUpdate
    }
}

impl Type {
    /// Returns the facts documented of it and of the properties that it has or inherits, and not of its bases: the
    /// property, or an empty text for the type itself.
    ///
    /// ```
    /// use graphwalk_catalog::{Catalog, Fact};
    ///
    /// let group = Catalog::v1().type_named("group").unwrap();
    /// assert!(group.own_facts().any(|fact| fact == ("groupTypes", Fact::Value("Unified"))));
    /// ```
    pub fn own_facts(self) -> impl Iterator<Item = (&'static str, Fact)> {
        self.facts_of(|_| true)
    }

    /// Returns those of its facts that bound its values, and not what queries may ask: see [`Type::own_facts`].
    pub fn value_facts(self) -> impl Iterator<Item = (&'static str, Fact)> {
        self.facts_of(|kind| {
            let of_queries = matches!(kind, facts::FILTER | facts::SORT | facts::SEARCH);
            !of_queries && !matches!(kind, facts::TAKES | facts::WRITE_NEEDS | facts::SENSITIVE)
        })
    }

    /// Returns the properties that whoever creates an object has to give, each with the property that frees of it or an
    /// empty text.
    pub fn required_on_create(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.facts_of(|kind| kind == facts::REQUIRED_ON_CREATE).filter_map(|(property, fact)| match fact {
            Fact::RequiredOnCreate(other) => Some((property, other)),
            _ => None,
        })
    }

    /// Returns its properties that cannot always be written, and when they can.
    pub fn unwritable(self) -> impl Iterator<Item = (&'static str, Writable)> {
        self.facts_of(|kind| kind == facts::WRITABLE).filter_map(|(property, fact)| match fact {
            Fact::Writable(when) => Some((property, when)),
            _ => None,
        })
    }

    /// Whether a property of its objects is set by the service and by nobody else.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let user = Catalog::v1().type_named("user").unwrap();
    /// assert!(user.is_set_by_service("id") && user.is_set_by_service("proxyAddresses"));
    /// assert!(!user.is_set_by_service("jobTitle"));
    /// ```
    pub fn is_set_by_service(self, property: &str) -> bool {
        let is_documented =
            |ty: Self| ty.facts_about(property, facts::WRITABLE).any(|fact| fact == Fact::Writable(Writable::Never));
        SET_BY_SERVICE.contains(&property)
            || self.property(property).is_some_and(|property| property.computed)
            || self.lineage().any(is_documented)
    }

    /// Returns its facts of some kinds. Only their texts are read: a type like user has hundreds of others.
    pub(crate) fn facts_of(self, wanted: impl Fn(u8) -> bool) -> impl Iterator<Item = (&'static str, Fact)> {
        let records = self.fact_records(wanted);
        records.filter_map(move |record| Some((self.data.text(record.u16(2)), self.read_fact(record)?)))
    }

    /// Returns its facts of a kind about one property. The others are not read.
    pub(crate) fn facts_about(self, property: &str, wanted: u8) -> impl Iterator<Item = Fact> {
        let records = self.fact_records(move |kind| kind == wanted);
        let about = records.filter(move |record| self.data.text(record.u16(2)) == property);
        about.filter_map(move |record| self.read_fact(record))
    }

    fn fact_records(self, wanted: impl Fn(u8) -> bool) -> impl Iterator<Item = DataRecord> {
        let (mut low, mut high) = (0, self.data.count(DataSection::Facts));
        let end = high;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.data.record(DataSection::Facts, middle).u16(0) < self.index {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let records = (low..end).map(move |index| self.data.record(DataSection::Facts, index));
        records.take_while(move |record| record.u16(0) == self.index).filter(move |record| wanted(record.u8(4)))
    }

    fn read_fact(self, record: DataRecord) -> Option<Fact> {
        let value = self.data.text(record.u16(5));
        Some(match record.u8(4) {
            facts::VALUE => Fact::Value(value),
            facts::FORMAT => Fact::Format(value),
            facts::LEAST => Fact::Least(value.parse().ok()?),
            facts::MOST => Fact::Most(value.parse().ok()?),
            facts::NOT_BEFORE => Fact::NotBefore(value),
            facts::REQUIRED_ON_CREATE => Fact::RequiredOnCreate(value),
            facts::WRITE_ONLY => Fact::WriteOnly,
            facts::DEFAULT_TYPE => Fact::DefaultType(value),
            facts::LONGEST => Fact::Longest(value.parse().ok()?),
            facts::MOST_ITEMS => Fact::MostItems(value.parse().ok()?),
            facts::WITHOUT => Fact::Without(value),
            facts::WRITABLE => Fact::Writable(Writable::of_name(value)?),
            facts::FILTER => FilterOperator::parse(value).map(|(operator, need)| Fact::Filter(operator, need))?,
            facts::SORT => Fact::Sort(QueryNeed::parse(value)),
            facts::SEARCH => Fact::Search,
            facts::TAKES => Fact::Takes(value),
            facts::WRITE_NEEDS => Fact::WriteNeeds(value),
            facts::SENSITIVE => Fact::Sensitive,
            _ => return None,
        })
    }

    /// Returns whether Graph takes a property of it, or of a base, and does not answer it.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let user = Catalog::v1().type_named("user").unwrap();
    /// assert!(user.is_write_only("passwordProfile") && !user.is_write_only("displayName"));
    /// ```
    pub fn is_write_only(self, property: &str) -> bool {
        self.lineage().any(|ty| ty.facts_about(property, facts::WRITE_ONLY).next().is_some())
    }

    /// Returns whether a property is sensitive: of a person who has directory roles only some who have roles may change it.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let user = Catalog::v1().type_named("user").unwrap();
    /// assert!(user.is_sensitive("accountEnabled") && !user.is_sensitive("jobTitle"));
    /// ```
    pub fn is_sensitive(self, property: &str) -> bool {
        self.lineage().any(|ty| ty.facts_about(property, facts::SENSITIVE).next().is_some())
    }

    /// The permissions of which whoever writes a property needs one, beside those of the call; the least first, and none if those are enough.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let user = Catalog::v1().type_named("user").unwrap();
    /// assert_eq!(user.write_permissions("passwordProfile").first(), Some(&"User-PasswordProfile.ReadWrite.All"));
    /// assert!(user.write_permissions("jobTitle").is_empty());
    /// ```
    pub fn write_permissions(self, property: &str) -> Vec<&'static str> {
        let of_property = self.lineage().flat_map(|ty| ty.facts_about(property, facts::WRITE_NEEDS));
        of_property.filter_map(|fact| if let Fact::WriteNeeds(name) = fact { Some(name) } else { None }).collect()
    }

    /// Whether a reference by a navigation may lead to an object of another type: what is documented of it, else what the metadata says.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let of = |name| Catalog::v1().type_named(name).unwrap();
    /// assert!(of("administrativeUnit").takes("members", of("device")));
    /// assert!(!of("administrativeUnit").takes("members", of("application")));
    /// ```
    pub fn takes(self, navigation: &str, target: Self) -> bool {
        let of_navigation = |ty: Self| {
            let facts = ty.facts_about(navigation, facts::TAKES);
            facts.filter_map(|fact| if let Fact::Takes(name) = fact { Some(name) } else { None }).collect()
        };
        let documented: Option<Vec<&str>> =
            self.lineage().map(of_navigation).find(|taken: &Vec<&str>| !taken.is_empty());
        documented.is_none_or(|taken| target.lineage().any(|ty| taken.contains(&ty.name())))
    }

    /// The type of a value that is declared to be of this type and does not name its own.
    pub fn default_type(self) -> Option<Self> {
        let mut facts = self.facts_of(|kind| kind == facts::DEFAULT_TYPE);
        facts.find_map(|(_, fact)| match fact {
            Fact::DefaultType(name) => Self::find(self.data, name),
            _ => None,
        })
    }
}
