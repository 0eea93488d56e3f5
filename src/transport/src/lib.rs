//! HTTP/2 connections to push providers.
