"""Dialogs and pages that stand by themselves."""
