using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AeroGrid.Api.Schema;

/// <summary>
/// The doc comments of an assembly, read from the XML file that the compiler writes next to it. They are the descriptions in the CRDs:
/// one text for readers of the code and for <c>kubectl explain</c>.
/// </summary>
internal sealed partial class XmlDescriptions
{
    private readonly Dictionary<string, string> summaries;

    private XmlDescriptions(Dictionary<string, string> summaries) => this.summaries = summaries;

    /// <exception cref="FileNotFoundException">The file is not there: it is part of a build, not of a published program.</exception>
    public static XmlDescriptions Of(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(file))
            throw new FileNotFoundException("The doc comments of the resource types are not there.", file);
        return new(XDocument.Load(file).Descendants("member").ToDictionary(
            member => (string)member.Attribute("name")!,
            member => member.Element("summary") is { } summary ? Plain(summary) : ""));
    }

    public string Of(Type type) => Find($"T:{type.FullName!.Replace('+', '.')}");

    public string Of(PropertyInfo property) => Find($"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}");

    private string Find(string member) =>
        summaries.TryGetValue(member, out var text) && text.Length > 0
            ? text
            : throw new InvalidOperationException($"{member} has no <summary>, which is what kubectl explain shows.");

    /// <summary>Text of the elements without their marks: <c>&lt;see cref="P:…Ready"/&gt;</c> reads Ready.</summary>
    private static string Plain(XElement summary)
    {
        var text = string.Concat(summary.DescendantNodes().Select(node => node switch
        {
            XText t => t.Value,
            XElement { IsEmpty: true } e when (string?)(e.Attribute("cref") ?? e.Attribute("langword")) is { } name => name.Split('.')[^1],
            _ => "",
        }));
        return Spaces().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
