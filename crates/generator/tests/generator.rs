//! The generator, on a small CSDL and a small permissions list: what it writes is read back by the catalog.

use std::fmt::Write as _;

use graphwalk_catalog::{ApiPath, Bond, BoundOperation, Catalog, Method, Navigation, Scheme, Type};
use graphwalk_generator as generator;

const CSDL: &str = include_str!("fixture/metadata.xml");
const PERMISSIONS: &str = include_str!("fixture/permissions.json");
const OVERLAY: &str = include_str!("fixture/overlay.toml");

fn catalog(csdl: &str, permissions: &str, overlay: &str) -> Catalog {
    let generated = generator::generate(csdl, permissions, overlay).unwrap();
    Catalog::from_bytes(Box::leak(generated.bytes.into_boxed_slice())).unwrap()
}

fn fault(csdl: &str, permissions: &str, overlay: &str) -> String {
    generator::generate(csdl, permissions, overlay).unwrap_err().to_string()
}

/// Everything that a catalog knows, as text.
fn dump(catalog: Catalog) -> String {
    let mut text = format!("{:#?}\n", catalog.inputs());
    for root in catalog.roots() {
        writeln!(text, "root {}", way(&root)).unwrap();
    }
    for ty in catalog.types() {
        text += &dump_type(ty);
    }
    for resource in catalog.resources() {
        writeln!(text, "resource {resource:?} {:?}", resource.facts()).unwrap();
    }
    writeln!(text, "acts on others {:?}", catalog.acts_on("user")).unwrap();
    for facts in catalog.creation_facts() {
        writeln!(text, "created {facts:?}").unwrap();
    }
    for permission in catalog.permissions() {
        write!(text, "permission {permission:?}:").unwrap();
        for scheme in Scheme::ALL.into_iter().filter(|scheme| permission.exists_in(*scheme)) {
            let consent = if permission.needs_admin_consent(scheme) { " with consent" } else { "" };
            write!(text, " {scheme:?} level {:?}{consent}", permission.level(scheme)).unwrap();
        }
        text.push('\n');
    }
    for path in catalog.listed_paths() {
        writeln!(text, "path {path}").unwrap();
        let path = path.replace("(place,within)", "(within='1',place='2')").replace("(place)", "(place='2')");
        let path = path.replace("(userprincipalname)", "(userprincipalname='2')").replace("/:/", ":/a/b:/");
        let path = ApiPath::parse(&path.replace("{}", "key")).unwrap();
        for method in catalog.listed_methods(&path) {
            let access = catalog.access(method, &path).unwrap();
            writeln!(text, "    {method} {access:?}").unwrap();
            for grant in Scheme::ALL.into_iter().flat_map(|scheme| access.grants(scheme)) {
                if grant.is_for_own_user() {
                    writeln!(text, "        {grant:?} for the own user").unwrap();
                }
                if !grant.also_requires().is_empty() {
                    writeln!(text, "        {grant:?} with {:?}", grant.also_requires()).unwrap();
                }
            }
        }
    }
    text
}

fn way(way: &Navigation) -> String {
    let Navigation { name, target, many, bond, contains_target, nullable } = way;
    let mut text = format!("{name}: {target}");
    for (is, word) in [(many, " many"), (contains_target, " contained"), (nullable, " nullable")] {
        text += if *is { word } else { "" };
    }
    if *bond == Bond::Unknown { text } else { format!("{text} {bond:?}") }
}

fn dump_type(ty: Type) -> String {
    let mut text = format!("{:?} {}", ty.kind(), ty.name());
    if let Some(base) = ty.base() {
        write!(text, " < {}", base.name()).unwrap();
    }
    let flags = [
        (ty.is_open(), " open"),
        (ty.is_abstract(), " abstract"),
        (ty.has_stream(), " stream"),
        (ty.is_flags(), " flags"),
        (ty.is_patch_repeatable(), " patch-repeatable"),
    ];
    flags.into_iter().filter(|(is, _)| *is).for_each(|(_, word)| text += word);
    writeln!(text, " key {:?} or {:?}", ty.key(), ty.alternate_keys()).unwrap();
    for property in ty.own_properties() {
        let nullable = if property.nullable { " nullable" } else { "" };
        let computed = if property.computed { " computed" } else { "" };
        writeln!(text, "    {}: {}{nullable}{computed}", property.name, property.ty).unwrap();
    }
    for navigation in ty.own_navigations() {
        writeln!(text, "    -> {}", way(&navigation)).unwrap();
    }
    for (property, fact) in ty.own_facts() {
        writeln!(text, "    documented {property}: {fact:?}").unwrap();
    }
    let derived: Vec<_> = ty.derived().map(Type::name).collect();
    if !derived.is_empty() {
        writeln!(text, "    derived {derived:?}, by default {:?}", ty.default_type()).unwrap();
    }
    for member in ty.members() {
        writeln!(text, "    {member}").unwrap();
    }
    for operation in ty.own_operations() {
        text += &dump_operation(operation);
    }
    text
}

fn dump_operation(operation: BoundOperation) -> String {
    let kind = if operation.is_function() { "function" } else { "action" };
    let many = if operation.is_on_many() { " on many" } else { "" };
    let composable = if operation.is_composable() { " composable" } else { "" };
    let mut text = format!("    {kind}{many}{composable} {}.{}(", operation.namespace(), operation.name());
    for parameter in operation.parameters() {
        let nullable = if parameter.nullable { " nullable" } else { "" };
        let optional = if parameter.optional { " optional" } else { "" };
        write!(text, " {}: {}{nullable}{optional}", parameter.name, parameter.ty).unwrap();
    }
    text += " )";
    if let Some(returns) = operation.returns() {
        write!(text, " -> {returns}{}", if operation.returns_nullable() { " nullable" } else { "" }).unwrap();
    }
    if let Some(effect) = operation.effect() {
        write!(text, " {effect:?}").unwrap();
    }
    text + "\n"
}

#[test]
fn a_generated_catalog_is_read_back_whole() {
    insta::assert_snapshot!(dump(catalog(CSDL, PERMISSIONS, OVERLAY)));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bytes = || generator::generate(CSDL, PERMISSIONS, OVERLAY).unwrap().bytes;
    assert!(bytes() == bytes());
}

#[test]
fn paths_with_a_query_are_skipped_and_reported() {
    let generated = generator::generate(CSDL, PERMISSIONS, OVERLAY).unwrap();
    assert_eq!(generated.left_out, ["/users?$filter=id eq '{id}'"]);
}

#[test]
fn unusable_inputs_are_refused_with_the_reason() {
    let csdl = |from: &str, to: &str| fault(&CSDL.replacen(from, to, 1), PERMISSIONS, OVERLAY);
    let list = |from: &str, to: &str| fault(CSDL, &PERMISSIONS.replacen(from, to, 1), OVERLAY);
    let overlay = |from: &str, to: &str| fault(CSDL, PERMISSIONS, &OVERLAY.replacen(from, to, 1));
    let faults = [
        fault("", PERMISSIONS, OVERLAY),
        fault("<html/>", PERMISSIONS, OVERLAY),
        csdl("</edmx:Edmx>", ""),
        csdl("<EnumType Name=\"dayOfWeek\"", "<EnumType"),
        csdl("<edmx:Edmx", "<!DOCTYPE x [<!ENTITY a \"b\">]><edmx:Edmx"),
        csdl("<EntityType Name=\"entity\"", "<EntityType Name=\"entity\" BaseType=\"graph.user\""),
        csdl("BaseType=\"graph.directoryObject\"", "BaseType=\"graph.nothing\""),
        csdl("Type=\"graph.profile\"", "Type=\"graph.nothing\""),
        csdl("Type=\"Edm.DateTimeOffset\"", "Type=\"Edm.Nothing\""),
        csdl("EntityType=\"microsoft.graph.user\"", "EntityType=\"microsoft.graph.nothing\""),
        csdl("<Parameter Name=\"bindingParameter\" Type=\"graph.user\" /></Action>", "</Action>"),
        fault(CSDL, "", OVERLAY),
        list("\"GET\"", "\"BREW\""),
        list("\"DelegatedWork\": {", "\"Robot\": {"),
        list("least=DelegatedWork", "most=DelegatedWork"),
        list("AlsoRequires=User.Read", "AlsoRequires=User.Nothing"),
        overlay("{hex}", "{digits}"),
        overlay("businessPhones = []", "shoes = []"),
        overlay("users = \"CSDL\"", "users = \"\""),
        overlay("users =", "nothing ="),
        overlay("user.extensions", "user.nothing"),
        overlay("user.changePassword", "user.delta"),
        overlay("[patch-repeatable]\n\"security.extension\"", "[patch-repeatable]\n\"security.nothing\""),
        overlay("\"user.manager\"", "\"user.extensions\" = \"CSDL\"\n\"user.manager\""),
        overlay("directoryObject = {", "directoryObjekt = {"),
        overlay("default-type = \"user\"", "default-type = \"profile\""),
        overlay("\"user.businessPhones\" = {", "\"user.businessPhone\" = {"),
        overlay("required-on-create = [\"businessPhones\"]", "required-on-create = [\"phones\"]"),
        overlay("format = \"uuid\"", "format = \"guid\""),
        overlay("format = \"uuid\"", "least = 1"),
        overlay("not-before = \"made\"", "not-before = \"born\""),
        overlay("least = 1, most = 31", "values = [\"1\"]"),
        overlay("source = \"Reference of profile\"", "source = \"\""),
        overlay("on = \"user\"", "on = \"nothing\""),
        overlay("name = \"people\"", "name = \"users\""),
        overlay("\ntype = \"user\"", "\ntype = \"nothing\""),
        overlay("method = \"POST\"", "method = \"GET\"\nextra = 1"),
        overlay("\"/users/{id}/manager/$ref\"", "\"users\""),
        overlay("method = \"POST\"\npaths = [\"/users/{id}/manager/$ref\"]", "method = \"GET\"\npaths = [\"/me\"]"),
        overlay("work = [\"User.ReadWrite.All\"]", "work = [\"User.Nothing\"]"),
        overlay("[newer-permissions]", "[newer-permissions]\n\"User.Read\" = \"CSDL\""),
        overlay("permission = \"User.Create\"", "permission = \"User.Nothing\""),
        overlay("permission = \"User.Create\"", "permission = \"User.ReadWrite.All\""),
        overlay("method = \"PATCH\"", "method = \"DELETE\""),
        overlay("permission = \"User-Phone.ReadWrite.All\"\n", "permission = \"User.Seal.All\"\n"),
        overlay("source = \"Reference: 'Update user'\"", "source = \" \""),
        overlay("order = 1\nsource = \"Reference of user\"", "order = 1"),
        overlay("order = 1\n", ""),
        overlay("collection = \"/people\"", "collection = \"/user\""),
        overlay("collection = \"/people\"", "collection = \"/users\""),
        overlay("types = [\"user\"]", "types = [\"nobody\"]"),
    ];
    insta::assert_snapshot!(faults.join("\n"));
}

#[test]
fn what_is_documented_of_a_property_has_to_suit_it() {
    for (from, to, told) in [
        ("least = 1, most = 31", "most-items = 2", "profile.visits in [documented] does not suit"),
        ("filter = [\"eq\", \"null+\"]", "filter = [\"lt\"]", "expected a filter of eq, startsWith"),
        (
            "writable = \"on-create\"",
            "writable = \"later\"",
            "expected writable of never, on-create, on-update, got later",
        ),
        ("sort = \"advanced\"", "sort = \"sometimes\"", "unknown variant `sometimes`"),
    ] {
        let fault = fault(CSDL, PERMISSIONS, &OVERLAY.replacen(from, to, 1));
        assert!(fault.contains(told), "{to}: {fault}");
    }
}

#[test]
fn the_embedded_catalog_is_made_from_the_overlay_beside_it() {
    let hash = ring::digest::digest(&ring::digest::SHA256, generator::OVERLAY.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(Catalog::v1().inputs().overlay, hash, "the overlay changed: generate again, see the README");
    assert_eq!(Catalog::beta().inputs().overlay, hash, "the overlay changed: generate again, see the README");
}

/// `GRAPHWALK_CSDL` and `GRAPHWALK_PERMISSIONS` name the files that are not committed.
#[test]
#[ignore = "needs the real inputs"]
fn the_embedded_catalog_equals_a_newly_generated_one() {
    let read = |variable: &str| std::fs::read_to_string(std::env::var(variable).unwrap()).unwrap();
    let (csdl, permissions) = (read("GRAPHWALK_CSDL"), read("GRAPHWALK_PERMISSIONS"));
    let generated = generator::generate(&csdl, &permissions, generator::OVERLAY).unwrap();
    assert!(generated.bytes == include_bytes!("../../catalog/data/v1.0.bin"), "generate again, see the README");
}

#[test]
fn metadata_that_is_not_whole_keeps_what_is_documented_of_what_it_has() {
    let csdl = CSDL.replacen("<Property Name=\"visits\" Type=\"Edm.Int32\" />", "", 1);
    assert!(fault(&csdl, PERMISSIONS, OVERLAY).contains("visits"));
    let bytes = generator::generate_partial(&csdl, OVERLAY).unwrap();
    let catalog = Catalog::from_bytes(Box::leak(bytes.into_boxed_slice())).unwrap();
    let facts = |name: &str| catalog.type_named(name).unwrap().own_facts().count();
    assert_eq!((facts("profile"), facts("user")), (1, 10));
}

#[test]
fn metadata_without_end_in_its_depth_is_refused() {
    let deep = "<a>".repeat(200_000);
    assert!(fault(&deep, PERMISSIONS, OVERLAY).contains("at most 64 elements inside each other"));
}

#[test]
fn bytes_of_another_layout_are_no_catalog_and_a_torn_end_does_not_panic() {
    assert!(Catalog::from_bytes(b"GWCAT").is_none());
    assert!(Catalog::from_bytes(b"GWCAT000 and more").is_none());
    let bytes: &'static [u8] =
        Box::leak(generator::generate(CSDL, PERMISSIONS, OVERLAY).unwrap().bytes.into_boxed_slice());
    for end in 8..bytes.len() {
        let catalog = Catalog::from_bytes(&bytes[..end]).unwrap();
        let path = ApiPath::parse("/users/1/extensions/2").unwrap();
        let _ = (catalog.call(Method::Get, &path), catalog.segment_owners(&path), catalog.inputs());
    }
}
