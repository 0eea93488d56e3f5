//! Stand-in APNs and FCM servers, with phones.
