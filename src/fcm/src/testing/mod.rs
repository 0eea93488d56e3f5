//! A service account for tests. Its key was made for them and opens nothing.

/// The account's private key in PEM.
pub const PRIVATE_KEY_PEM: &str = include_str!("key.pem");

/// The account's public key: DER of PKCS #1, as ring verifies with.
pub const PUBLIC_KEY_DER: &[u8] = include_bytes!("public_key.der");

/// The account's key file, which has its tokens fetched at `token_uri`.
pub fn key_file(token_uri: &str) -> String {
    serde_json::json!({
        "type": "service_account",
        "project_id": "test-project",
        "private_key_id": "key-1",
        "private_key": PRIVATE_KEY_PEM,
        "client_email": "push@test-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    })
    .to_string()
}
