//! What the sample shop sells, and the events that shopping sends.

use serde_json::{Value, json};

use super::Dice;

/// Something to buy.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    /// In euros.
    pub(crate) price: u32,
}

const PRODUCTS: [Product; 14] = [
    Product {
        sku: "TH-1001",
        name: "Ridge 28 backpack",
        price: 119,
    },
    Product {
        sku: "TH-1002",
        name: "Summit 45 backpack",
        price: 169,
    },
    Product {
        sku: "TH-1103",
        name: "Alpine trail boots",
        price: 189,
    },
    Product {
        sku: "TH-1104",
        name: "Fell running shoes",
        price: 135,
    },
    Product {
        sku: "TH-1205",
        name: "Storm shell jacket",
        price: 249,
    },
    Product {
        sku: "TH-1206",
        name: "Merino base layer",
        price: 79,
    },
    Product {
        sku: "TH-1207",
        name: "Down vest",
        price: 129,
    },
    Product {
        sku: "TH-1308",
        name: "Two-person tent",
        price: 329,
    },
    Product {
        sku: "TH-1309",
        name: "Three-season sleeping bag",
        price: 199,
    },
    Product {
        sku: "TH-1410",
        name: "Trekking poles",
        price: 89,
    },
    Product {
        sku: "TH-1411",
        name: "Head torch",
        price: 49,
    },
    Product {
        sku: "TH-1412",
        name: "Gas stove",
        price: 65,
    },
    Product {
        sku: "TH-1413",
        name: "Steel bottle",
        price: 29,
    },
    Product {
        sku: "TH-1414",
        name: "First-aid kit",
        price: 35,
    },
];

/// One to three products.
pub(crate) fn basket(dice: &mut Dice) -> Vec<&'static Product> {
    (0..=dice.below(3)).map(|_| dice.pick(&PRODUCTS)).collect()
}

fn items(products: &[&Product]) -> Value {
    products
        .iter()
        .map(|product| json!({ "SKU": product.sku, "name": product.name, "quantity": 1, "priceTotal": product.price }))
        .collect()
}

fn total(products: &[&Product]) -> u32 {
    products.iter().map(|product| product.price).sum()
}

/// `commerce.productViews`.
pub(crate) fn view_xdm(products: &[&Product]) -> Value {
    json!({ "commerce": { "productViews": { "value": 1 } }, "productListItems": items(products) })
}

/// `commerce.productListAdds`.
pub(crate) fn basket_xdm(products: &[&Product]) -> Value {
    json!({
        "commerce": {
            "productListAdds": { "value": products.len() },
            "cart": { "cartValue": total(products) },
        },
        "productListItems": items(products),
    })
}

/// `commerce.purchases`.
pub(crate) fn purchase_xdm(products: &[&Product], order: &str) -> Value {
    json!({
        "commerce": {
            "purchases": { "value": 1 },
            "order": { "purchaseID": order, "priceTotal": total(products), "currencyCode": "EUR" },
        },
        "productListItems": items(products),
    })
}
