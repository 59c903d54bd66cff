"""What use cases say to clinical systems: FHIR R4 resources, and cards of CDS Hooks 2.0."""
