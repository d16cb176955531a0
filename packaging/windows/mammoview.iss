; Installer for Windows, made by Inno Setup 6.3 or newer from the folder that `sh packaging/build.sh app` leaves in dist\mammoview:
;     iscc /DVersion=0.2.0 packaging\windows\mammoview.iss
; With a certificate add /Ssigning="signtool sign /fd sha256 /tr http://timestamp.digicert.com /td sha256 $f" /DSign
#ifndef Version
  #error Give the version: iscc /DVersion=0.2.0 packaging\windows\mammoview.iss
#endif

[Setup]
AppId={{6D3B0B1E-7C0F-4C0B-9E59-2B8B0E2C7A51}
AppName=Mammoview
AppVersion={#Version}
AppPublisher=The Mammoview authors
DefaultDirName={autopf}\Mammoview
DefaultGroupName=Mammoview
MinVersion=10.0
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=mammoview-{#Version}-windows
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
UninstallDisplayIcon={app}\mammoview-window.exe
#ifdef Sign
SignTool=signing
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "filetypes"; Description: "{cm:AssocFileExtension,Mammoview,.dcm}"; Flags: unchecked

; What an earlier version left and this one has no more.
[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\mammoview\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Mammoview"; Filename: "{app}\mammoview-window.exe"
Name: "{autodesktop}\Mammoview"; Filename: "{app}\mammoview-window.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\Mammoview.dicom"; ValueType: string; ValueData: "DICOM image"; Flags: uninsdeletekey; Tasks: filetypes
Root: HKA; Subkey: "Software\Classes\Mammoview.dicom\shell\open\command"; ValueType: string; ValueData: """{app}\mammoview-window.exe"" ""%1"""; Tasks: filetypes
Root: HKA; Subkey: "Software\Classes\Mammoview.dicom\DefaultIcon"; ValueType: string; ValueData: "{app}\mammoview-window.exe,0"; Tasks: filetypes
Root: HKA; Subkey: "Software\Classes\.dcm\OpenWithProgids"; ValueType: string; ValueName: "Mammoview.dicom"; ValueData: ""; Flags: uninsdeletevalue; Tasks: filetypes
Root: HKA; Subkey: "Software\Classes\.dicom\OpenWithProgids"; ValueType: string; ValueName: "Mammoview.dicom"; ValueData: ""; Flags: uninsdeletevalue; Tasks: filetypes

[Run]
Filename: "{cmd}"; Parameters: "/k """"{app}\mammoview.exe"" selftest"""; Description: "mammoview selftest"; Flags: postinstall skipifsilent unchecked
