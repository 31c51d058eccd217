using System.Text;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>Puts a query string together; values that are null or empty are left out.</summary>
internal sealed class QueryBuilder
{
    private readonly StringBuilder text = new();

    public void Add(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    public override string ToString() => text.ToString();
}
