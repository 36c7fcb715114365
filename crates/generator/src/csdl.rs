//! Reading CSDL, the XML form of OData's metadata.
//!
//! Source of its meaning: OData Common Schema Definition Language (CSDL) XML Representation 4.01.

use std::collections::{BTreeMap, HashMap};

use super::Fault;
use super::xml::XmlElement;

/// The model of a service. Names are without `microsoft.graph.`.
#[derive(Debug, Default)]
pub struct Model {
    pub types: BTreeMap<String, CsdlType>,
    pub roots: Vec<Way>,
    pub operations: Vec<CsdlOperation>,
}

#[derive(Debug, Default)]
pub struct CsdlType {
    pub kind: CsdlKind,
    pub base: Option<String>,
    pub open: bool,
    pub is_abstract: bool,
    pub stream: bool,
    pub flags: bool,
    pub properties: Vec<CsdlProperty>,
    pub navigations: Vec<Way>,
    pub members: Vec<String>,
    pub key: Vec<String>,
    pub alternate_keys: Vec<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsdlKind {
    #[default]
    Entity,
    Complex,
    Enum,
}

#[derive(Debug)]
pub struct CsdlProperty {
    pub name: String,
    pub ty: Use,
    pub nullable: bool,
    pub computed: bool,
}

/// A navigation, an entity set or a singleton.
#[derive(Debug)]
pub struct Way {
    pub name: String,
    pub ty: Use,
    pub nullable: bool,
    pub contains: bool,
}

/// A type where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub many: bool,
}

#[derive(Debug)]
pub struct CsdlOperation {
    pub name: String,
    /// Without `microsoft.graph`: empty, or such as `security`.
    pub namespace: String,
    pub function: bool,
    pub composable: bool,
    pub on: Use,
    pub parameters: Vec<CsdlParameter>,
    pub returns: Option<(Use, bool)>,
}

#[derive(Debug)]
pub struct CsdlParameter {
    pub name: String,
    pub ty: Use,
    pub nullable: bool,
    pub optional: bool,
}

impl Model {
    /// Reads a CSDL document.
    ///
    /// # Errors
    ///
    /// If it is malformed or no CSDL, if types derive from each other in a circle, or refer to what is not there.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let document = XmlElement::parse(text)?;
        let mut schemas = Vec::new();
        document.deep("Schema", &mut schemas);
        if schemas.is_empty() {
            return Err(Fault("CSDL: expected a <Schema>, got none".to_owned()));
        }
        let mut names = CsdlNames(HashMap::new());
        for schema in &schemas {
            if let Some(alias) = schema.get("Alias") {
                names.0.insert(alias.to_owned(), schema.required("Namespace")?.to_owned());
            }
        }
        let mut model = Self::default();
        for schema in &schemas {
            model.add(schema, &names)?;
        }
        // They may be about types of a schema that stands further down.
        for annotations in schemas.iter().flat_map(|schema| schema.all("Annotations")) {
            model.annotate(annotations, &names)?;
        }
        model.check()?;
        Ok(model)
    }

    fn add(&mut self, schema: &XmlElement, names: &CsdlNames) -> Result<(), Fault> {
        let namespace = schema.required("Namespace")?;
        for element in &schema.children {
            match element.name.as_str() {
                "EntityType" | "ComplexType" | "EnumType" => {
                    let name = names.short(&format!("{namespace}.{}", element.required("Name")?));
                    self.types.insert(name, names.structured(element)?);
                }
                "Function" | "Action" if element.is("IsBound") => {
                    self.operations.push(names.operation(element, namespace)?);
                }
                "EntityContainer" => {
                    for set in element.all("EntitySet") {
                        let ty = Use { many: true, ..names.used(set.required("EntityType")?) };
                        self.roots.push(Way::root(set, ty)?);
                    }
                    for singleton in element.all("Singleton") {
                        let ty = names.used(singleton.required("Type")?);
                        self.roots.push(Way::root(singleton, ty)?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Annotations that stand apart from what they are about: computed properties only, by `type/property`.
    fn annotate(&mut self, annotations: &XmlElement, names: &CsdlNames) -> Result<(), Fault> {
        let target = annotations.required("Target")?;
        let Some((ty, property)) = target.split_once('/') else { return Ok(()) };
        if !is_computed(annotations) {
            return Ok(());
        }
        if let Some(ty) = self.types.get_mut(&names.short(ty))
            && let Some(property) = ty.properties.iter_mut().find(|known| known.name == property)
        {
            property.computed = true;
        }
        Ok(())
    }

    /// The type and its ancestors, itself first.
    pub fn lineage<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a CsdlType)> {
        let found = |name: &'a str| self.types.get(name).map(|ty| (name, ty));
        std::iter::successors(found(name), move |(_, ty)| ty.base.as_deref().and_then(found))
    }

    fn check(&self) -> Result<(), Fault> {
        for (name, ty) in &self.types {
            if self.lineage(name).take(self.types.len() + 1).count() > self.types.len() {
                return Err(Fault(format!("CSDL: {name} derives from itself")));
            }
            if let Some(base) = ty.base.as_ref().filter(|base| !self.types.contains_key(*base)) {
                return Err(Fault(format!("CSDL: {name} derives from {base}, which is not there")));
            }
            let uses = ty.properties.iter().map(|property| (&property.name, &property.ty));
            for (part, used) in uses.chain(ty.navigations.iter().map(|way| (&way.name, &way.ty))) {
                self.check_use(used, &format!("{name}.{part}"))?;
            }
        }
        for root in &self.roots {
            self.check_use(&root.ty, &root.name)?;
        }
        for operation in &self.operations {
            let returned = operation.returns.iter().map(|(used, _)| used);
            let used = operation.parameters.iter().map(|parameter| &parameter.ty).chain(returned);
            for used in used.chain([&operation.on]) {
                self.check_use(used, &operation.name)?;
            }
        }
        Ok(())
    }

    fn check_use(&self, used: &Use, by: &str) -> Result<(), Fault> {
        if used.name.starts_with("Edm.") || self.types.contains_key(&used.name) {
            return Ok(());
        }
        Err(Fault(format!("CSDL: {by} has the type {}, which is not there", used.name)))
    }
}

impl Way {
    fn root(element: &XmlElement, ty: Use) -> Result<Self, Fault> {
        Ok(Self { name: element.required("Name")?.to_owned(), ty, nullable: false, contains: true })
    }
}

/// The namespaces by alias.
struct CsdlNames(HashMap<String, String>);

impl CsdlNames {
    /// A qualified name with its alias written out and without `microsoft.graph.`.
    fn short(&self, qualified: &str) -> String {
        let full = match qualified.rsplit_once('.') {
            Some((prefix, name)) => match self.0.get(prefix) {
                Some(namespace) => format!("{namespace}.{name}"),
                None => qualified.to_owned(),
            },
            None => qualified.to_owned(),
        };
        full.strip_prefix("microsoft.graph.").map(str::to_owned).unwrap_or(full)
    }

    fn used(&self, written: &str) -> Use {
        match written.strip_prefix("Collection(").and_then(|rest| rest.strip_suffix(')')) {
            Some(item) => Use { name: self.short(item), many: true },
            None => Use { name: self.short(written), many: false },
        }
    }

    fn structured(&self, element: &XmlElement) -> Result<CsdlType, Fault> {
        let mut ty = CsdlType {
            kind: match element.name.as_str() {
                "ComplexType" => CsdlKind::Complex,
                "EnumType" => CsdlKind::Enum,
                _ => CsdlKind::Entity,
            },
            base: element.get("BaseType").map(|base| self.short(base)),
            open: element.is("OpenType"),
            is_abstract: element.is("Abstract"),
            stream: element.is("HasStream"),
            flags: element.is("IsFlags"),
            ..CsdlType::default()
        };
        for child in &element.children {
            match child.name.as_str() {
                "Property" => ty.properties.push(CsdlProperty {
                    name: child.required("Name")?.to_owned(),
                    ty: self.used(child.required("Type")?),
                    nullable: child.get("Nullable") != Some("false"),
                    computed: is_computed(child),
                }),
                "NavigationProperty" => ty.navigations.push(Way {
                    name: child.required("Name")?.to_owned(),
                    ty: self.used(child.required("Type")?),
                    nullable: child.get("Nullable") != Some("false"),
                    contains: child.is("ContainsTarget"),
                }),
                "Member" => ty.members.push(child.required("Name")?.to_owned()),
                "Key" => {
                    for property in child.all("PropertyRef") {
                        ty.key.push(property.required("Name")?.to_owned());
                    }
                }
                "Annotation" if child.get("Term") == Some("Org.OData.Core.V1.AlternateKeys") => {
                    ty.alternate_keys = alternate_keys(child);
                }
                _ => {}
            }
        }
        ty.navigations.sort_by_key(|way| way.name.to_ascii_lowercase());
        Ok(ty)
    }

    fn operation(&self, element: &XmlElement, namespace: &str) -> Result<CsdlOperation, Fault> {
        let name = element.required("Name")?.to_owned();
        let mut parameters = Vec::new();
        for parameter in element.all("Parameter") {
            let terms = parameter.all("Annotation").filter_map(|annotation| annotation.get("Term"));
            parameters.push(CsdlParameter {
                name: parameter.required("Name")?.to_owned(),
                ty: self.used(parameter.required("Type")?),
                nullable: parameter.get("Nullable") != Some("false"),
                optional: terms.into_iter().any(|term| term == "Org.OData.Core.V1.OptionalParameter"),
            });
        }
        if parameters.is_empty() {
            return Err(Fault(format!("CSDL: {name} is bound, but has no parameter")));
        }
        let on = parameters.remove(0).ty;
        let returns = match element.all("ReturnType").next() {
            Some(returned) => Some((self.used(returned.required("Type")?), returned.get("Nullable") != Some("false"))),
            None => None,
        };
        let (function, composable) = (element.name == "Function", element.is("IsComposable"));
        let namespace =
            namespace.strip_prefix("microsoft.graph").unwrap_or(namespace).trim_start_matches('.').to_owned();
        Ok(CsdlOperation { name, namespace, function, composable, on, parameters, returns })
    }
}

fn is_computed(element: &XmlElement) -> bool {
    element.all("Annotation").any(|annotation| {
        annotation.get("Term") == Some("Org.OData.Core.V1.Computed") && annotation.get("Bool") != Some("false")
    })
}

/// The names that alternate keys have in paths: one list a key.
fn alternate_keys(annotation: &XmlElement) -> Vec<Vec<String>> {
    let mut keys = Vec::new();
    for record in annotation.all("Collection").flat_map(|collection| collection.all("Record")) {
        let mut values = Vec::new();
        record.deep("PropertyValue", &mut values);
        let aliases = values.iter().filter(|value| value.get("Property") == Some("Alias"));
        keys.push(aliases.filter_map(|value| value.get("String")).map(str::to_owned).collect());
    }
    keys
}
