using System.Text;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// <c>$(NAME)</c> in commands, arguments and values (Kubernetes documentation, "Define Dependent Environment Variables"): a name that is not
/// defined stays as it is, and <c>$$</c> is a dollar sign.
/// </summary>
internal static class VariableExpansion
{
    /// <summary>Replaces references by values.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
            }
            else if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (text[i + 1] == '(' && text.IndexOf(')', i) is > 0 and var end)
            {
                var name = text[(i + 2)..end];
                result.Append(variables.TryGetValue(name, out var value) ? value : text[i..(end + 1)]);
                i = end;
            }
            else
            {
                result.Append('$');
            }
        }

        return result.ToString();
    }
}
