namespace AeroGrid.Identity.Hosting;

/// <summary>Paths beneath the issuer.</summary>
internal static class Paths
{
    public const string Authorize = "connect/authorize";
    public const string EndSession = "connect/endsession";
    public const string UserInfo = "connect/userinfo";
    public const string Device = "device";
    public const string Login = "login";
    public const string Style = "style.css";
}
