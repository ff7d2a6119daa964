"""Spool to stereo file to store.

Public: `recordings.assembly.assemble`, `recordings.store.RecordingStore`, `recordings.store.RecordingFacts`,
`recordings.catalogue.Recording`, `recordings.catalogue.Catalogue` (read beside a running server).
"""
