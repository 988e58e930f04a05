"""UVES, the UV-Visual Echelle Spectrograph, for the Data Flow System."""
