"""Sign-in through a SAML 2.0 identity provider."""
