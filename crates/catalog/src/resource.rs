//! What can be created on a tenant and deleted again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::Catalog;
use crate::layout::DataSection;
use crate::method::Method;
use crate::queries::{FilterOperator, QueryNeed};
use crate::resolve::{PathPlace, Resolved};
use crate::types::Type;
use crate::{ApiPath, NoCall};

/// A kind of object that can be created and deleted again. Cloning it is cheap.
///
/// In JSON it is its id where the overlay has it, and all its facts where a user declared it: what a journal says of it is
/// enough to delete its objects, whatever is declared by then.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource(Arc<ResourceFacts>);

/// The facts of a resource: a `[[resource]]` of the overlay, or a declared one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResourceFacts {
    /// Its name in journals, which never changes: words of lower-case letters, joined by hyphens.
    pub id: String,
    /// The noun people use for one of it: `access review`.
    pub noun: String,
    /// The path of its collection, without the version. `DELETE {collection}/{id}` deletes an object.
    pub collection: String,
    /// The path of the POST that creates it, if that is not its collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The place where the answer to that POST has the id: a JSON pointer.
    #[serde(default = "id_pointer", skip_serializing_if = "is_id_pointer")]
    pub id_at: String,
    /// The form of the id.
    #[serde(default)]
    pub key: KeyForm,
    /// The property of the body that is its name for people.
    #[serde(default = "display_name")]
    pub name: String,
    /// The properties of the body that carry the mark of a run, each with its form. Properties that must be unique in a
    /// tenant are among them.
    #[serde(default)]
    pub marks: BTreeMap<String, MarkForm>,
    /// The property of the body with the id of the object that it belongs to, if it is no more than a tie of that object and
    /// has no place for a mark: it is the run's own if that object is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub belongs_to: Option<String>,
    /// The way to find it without its id.
    pub look_up: LookUp,
    /// The properties that a read has to select, if Graph leaves out what an object is known by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<String>,
    /// The time when it is deleted: objects of a lower number first, since they look at those of a higher.
    pub order: u8,
    /// The place where deleted objects lie; nothing if they are gone at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_items: Option<String>,
    /// Whether they can be deleted from there, too.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub can_be_purged: bool,
    /// Switches of the body with which Graph sends e-mails: JSON pointers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends_mail: Vec<String>,
    /// The switch of the body with which a password has to be changed at the first sign-in: a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_change: Option<String>,
    /// Properties of the body by which a create acts on an object that is there already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts_on_others: Vec<String>,
    /// The source of the fact.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl ResourceFacts {
    /// The JSON Schema of the facts, as a user declares them.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// The form of an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyForm {
    /// `eb75ccd2-59ef-48b7-8f76-cc3f33f899f4`.
    #[default]
    Guid,
    /// GUIDs one after the other in base64 for URLs, and a number: `lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1`.
    EncodedGuids,
}

/// The form in which a property carries the mark of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkForm {
    /// A name of letters, digits and hyphens: `adele-MARK`.
    Name,
    /// A text: `Building security [MARK]`.
    Text,
    /// A user principal name, on a domain of the tenant: `adele-MARK@contoso.com`.
    PrincipalName,
    /// An e-mail address, on whichever domain it is: `adele-MARK@fabrikam.com`.
    MailAddress,
}

/// The way to find an object without its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LookUp {
    /// The kind of read.
    pub by: LookUpBy,
    /// The property of an object that carries the mark.
    pub property: String,
    /// The property of the body from which it comes, if it has another name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_as: Option<String>,
}

/// The kind of read that finds an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LookUpBy {
    /// The object by the value, which is a key beside the id.
    Key,
    /// The collection, filtered by the value.
    Filter,
    /// The collection, whole.
    List,
}

/// Facts that are no resource: why not, as a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAResource(String);

fn id_pointer() -> String {
    "/id".to_owned()
}

fn is_id_pointer(text: &String) -> bool {
    text == "/id"
}

fn display_name() -> String {
    "displayName".to_owned()
}

fn yes() -> bool {
    true
}

fn is_yes(yes: &bool) -> bool {
    *yes
}

pub(crate) static OVERLAY: LazyLock<Arc<Vec<Resource>>> = LazyLock::new(|| Arc::new(Catalog::v1().resources()));

impl Catalog {
    /// Returns the resources that the overlay allows to be created, in its order.
    pub fn resources(self) -> Vec<Resource> {
        let texts = self.texts(DataSection::Resources);
        let facts = texts.filter_map(|text| serde_json::from_str::<ResourceFacts>(text).ok());
        // The generator refuses what is no resource: here that is not asked again, which would cost every process.
        facts.map(|facts| Resource(Arc::new(facts))).collect()
    }

    pub(crate) fn texts(self, section: DataSection) -> impl Iterator<Item = &'static str> {
        (0..self.data.count(section)).map(move |index| self.data.text(self.data.record(section, index).u16(0)))
    }
}

impl Resource {
    /// The resource that the overlay has under this id.
    ///
    /// ```
    /// use graphwalk_catalog::Resource;
    ///
    /// let user = Resource::named("user").unwrap();
    /// assert_eq!(user.type_name(), "user");
    /// assert!(Resource::named("domain").is_none());
    /// ```
    pub fn named(id: &str) -> Option<Self> {
        OVERLAY.iter().find(|known| known.id() == id).cloned()
    }

    /// A resource that a user declares beside those of the overlay.
    ///
    /// # Errors
    ///
    /// [`NotAResource`] if Graph v1.0 has no such collection, POST or DELETE, if nothing of it carries a mark, or if the
    /// overlay has its id or its collection already.
    pub fn declare(facts: ResourceFacts) -> Result<Self, NotAResource> {
        let declared = Self::new(facts, Catalog::v1())?;
        let same = |known: &&Self| {
            known.id() == declared.id()
                || known.facts().created_at().eq_ignore_ascii_case(declared.facts().created_at())
        };
        match OVERLAY.iter().find(same) {
            Some(known) => {
                Err(NotAResource(format!("{} already exists, as {:?}", known.facts().created_at(), known.id())))
            }
            None => Ok(declared),
        }
    }

    /// The resource of these facts, held against a catalog.
    ///
    /// # Errors
    ///
    /// [`NotAResource`] as for [`Resource::declare`], the overlay's own aside.
    pub fn new(facts: ResourceFacts, catalog: Catalog) -> Result<Self, NotAResource> {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !facts.id.split('-').all(is_word) {
            return Err(NotAResource(format!(
                "expected an id of lower-case words joined by hyphens, got {:?}",
                facts.id
            )));
        }
        let type_name = entity_of(&facts.collection, catalog)?;
        let created = entity_of(facts.created_at(), catalog)?;
        exists(Method::Post, facts.created_at(), catalog)?;
        exists(Method::Delete, &format!("{}/id", facts.collection), catalog)?;
        let has = |name: &str, type_name: &str| {
            catalog.type_named(type_name).is_some_and(|ty| ty.property(name).is_some() || ty.is_open())
        };
        let named = facts.marks.keys().chain([&facts.name]).chain(&facts.acts_on_others).chain(&facts.belongs_to);
        for property in named {
            let is_link = catalog.type_named(created).is_some_and(|ty| ty.navigation(property).is_some());
            if !is_link && !has(property, created) {
                return Err(NotAResource(format!("{created} has no property {property:?}")));
            }
        }
        if !has(&facts.look_up.property, type_name) {
            return Err(NotAResource(format!("{type_name} has no property {:?}", facts.look_up.property)));
        }
        let sent_as = facts.look_up.sent_as();
        if !facts.marks.contains_key(sent_as) && facts.belongs_to.as_deref() != Some(sent_as) {
            return Err(NotAResource(format!("it is looked up by {sent_as:?}, which carries no mark")));
        }
        Ok(Self(Arc::new(facts)))
    }

    /// Returns its facts.
    pub fn facts(&self) -> &ResourceFacts {
        &self.0
    }

    /// Its name in journals.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The type of its objects, without its namespace.
    pub fn type_name(&self) -> &'static str {
        // It is there: the resource was held against the catalog.
        entity_of(&self.0.collection, Catalog::v1()).unwrap_or_default()
    }

    /// One word, or a few, for lists that count: `review`, `service principal`.
    pub fn word(&self) -> String {
        self.id().replace('-', " ")
    }

    /// Returns whether a POST to this path creates it.
    pub fn is_created_at(&self, path: &ApiPath) -> bool {
        key_behind(self.facts().created_at(), path) == Some(None)
    }

    /// The key of the object that a path names, if it names one of this resource and nothing within it.
    pub fn key_in<'a>(&self, path: &'a ApiPath) -> Option<&'a str> {
        key_behind(&self.facts().collection, path).flatten()
    }

    /// The path of an object, without the version.
    pub fn path_of(&self, id: &str) -> String {
        format!("{}/{}", self.facts().collection, utf8_percent_encode(id, ID))
    }

    /// The path of an object with what it is known by.
    pub fn path_with_identity(&self, id: &str) -> String {
        format!("{}{}", self.path_of(id), self.selected('?'))
    }

    /// The path by which an object is found that has `value` in the property of [`LookUp::property`].
    pub fn look_up_path(&self, value: &str) -> String {
        let ResourceFacts { collection, look_up, .. } = self.facts();
        match look_up.by {
            LookUpBy::Key => format!("{collection}/{}{}", encoded(value), self.selected('?')),
            LookUpBy::Filter => {
                let value = encoded(&value.replace('\'', "''"));
                let counted = if self.is_looked_up_by_advanced_query() { "&$count=true" } else { "" };
                format!("{collection}?$filter={}%20eq%20'{value}'{}{counted}", look_up.property, self.selected('&'))
            }
            LookUpBy::List => format!("{collection}{}", self.selected('?')),
        }
    }

    /// The headers that a request for [`Resource::look_up_path`] needs: some properties are found by advanced queries only.
    pub fn look_up_headers(&self) -> Vec<(String, String)> {
        let header = || ("ConsistencyLevel".to_owned(), "eventual".to_owned());
        self.is_looked_up_by_advanced_query().then(header).into_iter().collect()
    }

    fn is_looked_up_by_advanced_query(&self) -> bool {
        let look_up = &self.facts().look_up;
        let need = Catalog::v1().type_named(self.type_name()).and_then(|ty| {
            let property = look_up.property.split('/').next().unwrap_or_default();
            ty.filter_need(property, FilterOperator::Equal)
        });
        look_up.by == LookUpBy::Filter && need == Some(QueryNeed::Advanced)
    }

    fn selected(&self, before: char) -> String {
        match self.facts().select.join(",") {
            names if names.is_empty() => names,
            names => format!("{before}$select={names}"),
        }
    }
}

impl ResourceFacts {
    /// Returns where it is created by a POST.
    pub fn created_at(&self) -> &str {
        self.created_at.as_deref().unwrap_or(&self.collection)
    }
}

impl LookUp {
    /// The property of the body of a create.
    pub fn sent_as(&self) -> &str {
        self.sent_as.as_deref().unwrap_or(&self.property)
    }
}

/// The characters that are not encoded in an id: those of a GUID, and of base64 for URLs.
const ID: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The type of the objects of a collection.
fn entity_of(collection: &str, catalog: Catalog) -> Result<&'static str, NotAResource> {
    let path = ApiPath::parse(collection).map_err(|_| NotAResource(format!("{collection:?} is not a path")))?;
    let resolved = catalog.resolve(&path).map_err(|why| NotAResource(format!("{collection} does not exist: {why}")))?;
    match (only_steps(&resolved), resolved.target()) {
        (true, Some(target)) if target.is_many() => target.named().map(Type::name),
        _ => None,
    }
    .ok_or_else(|| NotAResource(format!("{collection} is not a collection of objects")))
}

fn only_steps(resolved: &Resolved) -> bool {
    resolved.places().iter().all(|place| matches!(place, PathPlace::Step(_)))
}

fn exists(method: Method, path: &str, catalog: Catalog) -> Result<(), NotAResource> {
    let path = ApiPath::parse(path).map_err(|_| NotAResource(format!("{path:?} is not a path")))?;
    let called = catalog.call(method, &path).map(drop);
    called.map_err(|error: NoCall| NotAResource(format!("it cannot be sent {method}: {error}")))
}

/// Returns whether `path` leads to the collection (`Some(None)`) or to one object of it, then with its key.
fn key_behind<'a>(collection: &str, path: &'a ApiPath) -> Option<Option<&'a str>> {
    if path.ambiguity().is_some() {
        return None;
    }
    let words: Vec<&str> = collection.split('/').filter(|word| !word.is_empty()).collect();
    let segments = path.segments();
    let (before, rest) = segments.split_at_checked(words.len())?;
    let (last, to_it) = before.split_last()?;
    if !to_it.iter().all(|segment| segment.arguments().is_none())
        || !before.iter().zip(words).all(|(segment, word)| segment.is(word))
    {
        return None;
    }
    match (last.arguments(), rest) {
        (None, []) => Some(None),
        (None, [key]) if key.arguments().is_none() => Some(Some(key.name())),
        (Some(_), []) => last.key().map(Some),
        _ => None,
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({})", self.id())
    }
}

/// The noun people use for one of it.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.noun)
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Self::named(self.id()) {
            Some(known) if known == *self => serializer.serialize_str(self.id()),
            _ => self.facts().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Told {
            Id(String),
            Declared(Box<ResourceFacts>),
        }
        match Told::deserialize(deserializer)? {
            Told::Id(id) => {
                Self::named(&id).ok_or_else(|| D::Error::custom(format!("the resource {id:?} is not known")))
            }
            Told::Declared(facts) => Self::declare(*facts).map_err(D::Error::custom),
        }
    }
}

impl NotAResource {
    pub(crate) fn twice(known: &Resource) -> Self {
        Self(format!("{:?} is declared twice", known.id()))
    }
}

impl fmt::Display for NotAResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAResource {}
