use serde_json::json;

use super::*;

/// A PEM block around bytes.
fn block(kind: &str, der: &[u8]) -> String {
    let inside = STANDARD.encode(der);
    let lines: Vec<&str> = inside
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

/// What a PKCS #8 key with these object identifiers looks like; it opens nothing.
fn der(oids: &[&[u8]]) -> Vec<u8> {
    let mut inside = vec![0x02, 0x01, 0x00];
    inside.extend(oids.concat());
    inside.extend([0x04, 0x20]);
    inside.extend([7; 32]);
    let mut der = vec![0x30, u8::try_from(inside.len()).unwrap()];
    der.extend(inside);
    der
}

const OID_P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

#[test]
fn apples_key_is_taken_with_line_ends_and_blanks_of_any_kind() {
    let key = block("PRIVATE KEY", &der(&[OID_EC, OID_P256]));
    assert_eq!(check_key(key.as_bytes()), Ok(()));
    let windows = format!("\u{feff}{}\r\n", key.replace('\n', "\r\n"));
    assert_eq!(check_key(windows.as_bytes()), Ok(()));
}

#[test]
fn anything_else_is_called_what_it_is() {
    let good = block("PRIVATE KEY", &der(&[OID_EC, OID_P256]));
    let cut = good.split("-----END").next().unwrap();
    for (file, fault) in [
        (String::new(), KeyFault::Empty),
        ("hello".into(), KeyFault::NotPem),
        ("{\"type\": \"service_account\"}".into(), KeyFault::Json),
        (cut.into(), KeyFault::CutOff),
        (good.clone() + &good, KeyFault::SeveralBlocks),
        (block("CERTIFICATE", &[1]), KeyFault::Certificate),
        (block("PUBLIC KEY", &[1]), KeyFault::PublicKey),
        (block("ENCRYPTED PRIVATE KEY", &[1]), KeyFault::Encrypted),
        (block("EC PRIVATE KEY", &[1]), KeyFault::OlderForm),
        (block("RSA PRIVATE KEY", &[1]), KeyFault::Rsa),
        (block("PRIVATE KEY", &der(&[OID_RSA])), KeyFault::Rsa),
        (
            block("PRIVATE KEY", &der(&[OID_EC, OID_P384])),
            KeyFault::OtherCurve,
        ),
        (block("PRIVATE KEY", &der(&[])), KeyFault::OtherKind),
        (
            block("PRIVATE KEY", &der(&[OID_EC, OID_P256])[..40]),
            KeyFault::Damaged,
        ),
        (good.replacen('M', "?", 1), KeyFault::NotBase64),
    ] {
        assert_eq!(check_key(file.as_bytes()), Err(fault), "{file}");
    }
    assert_eq!(check_key(&[0x30, 0x82, 0xff, 0xfe]), Err(KeyFault::Binary));
}

#[test]
fn the_key_id_is_read_from_apples_file_name() {
    for name in [
        "AuthKey_ABC123DEFG.p8",
        "AuthKey_ABC123DEFG (1).p8",
        "C:\\x\\AuthKey_ABC123DEFG.P8",
    ] {
        assert_eq!(key_id_from_file_name(name), Some("ABC123DEFG"), "{name}");
    }
    for name in [
        "key.p8",
        "AuthKey_abc123defg.p8",
        "AuthKey_ABC.p8",
        "AuthKey_ABC123DEFG.pem",
        "AuthKey_é23456789.p8",
    ] {
        assert_eq!(key_id_from_file_name(name), None, "{name}");
    }
}

#[test]
fn identifiers_are_held_to_their_form() {
    assert_eq!(check_key_id(" ABC123DEFG "), Ok("ABC123DEFG"));
    assert_eq!(check_key_id("abc123defg").unwrap_err().field, AppField::KeyId);
    assert_eq!(check_team_id("ABC").unwrap_err().field, AppField::TeamId);
    for (platform, app, fits) in [
        (Platform::Ios, "com.example.My-Shop", true),
        (Platform::Ios, "com.example.my_shop", false),
        (Platform::Ios, "com..shop", false),
        (Platform::Ios, "", false),
        (Platform::Android, "com.example.my_shop", true),
        (Platform::Android, "com.example.my-shop", false),
        (Platform::Android, "shop", false),
        (Platform::Android, "com.1shop", false),
    ] {
        assert_eq!(check_app(platform, app).is_ok(), fits, "{app}");
    }
}

fn account() -> Value {
    json!({
        "type": "service_account",
        "project_id": "shop-1",
        "client_email": "push@shop-1.iam.gserviceaccount.com",
        "private_key": block("PRIVATE KEY", &der(&[OID_RSA])),
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

#[test]
fn a_service_account_tells_its_project_and_address() {
    assert_eq!(
        check_service_account(account().to_string().as_bytes()),
        Ok(ServiceAccountSummary {
            project_id: "shop-1".into(),
            client_email: "push@shop-1.iam.gserviceaccount.com".into(),
        })
    );
}

#[test]
fn a_wrong_service_account_names_the_field() {
    let with = |field: &str, value: Value| {
        let mut account = account();
        account[field] = value;
        check_service_account(account.to_string().as_bytes()).unwrap_err()
    };
    for field in ["project_id", "client_email", "private_key", "token_uri"] {
        for missing in [Value::Null, json!(" "), json!(1)] {
            assert_eq!(
                with(field, missing),
                ServiceAccountFault::Missing { field: field.into() }
            );
        }
    }
    for (field, value) in [
        ("project_id", "My Shop"),
        ("client_email", "push"),
        (
            "private_key",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ),
        ("private_key", "secret"),
        ("token_uri", "oauth2.googleapis.com"),
    ] {
        let fault = with(field, json!(value));
        assert!(
            matches!(&fault, ServiceAccountFault::Bad { field: named, .. } if named == field),
            "{fault}"
        );
    }
    assert_eq!(
        with("type", json!("authorized_user")),
        ServiceAccountFault::OtherType {
            found: "authorized_user".into()
        }
    );
    assert_eq!(
        check_service_account(br#"{"project_info": {}, "client": []}"#),
        Err(ServiceAccountFault::GoogleServices)
    );
    assert_eq!(
        check_service_account(b"{\n  \"type\": ,\n}"),
        Err(ServiceAccountFault::NotJson { line: Some(2) })
    );
    assert_eq!(
        check_service_account(b"-----BEGIN PRIVATE KEY-----"),
        Err(ServiceAccountFault::Pem)
    );
}
