using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>What happens to fields that the schema does not know or that occur twice.</summary>
internal enum FieldValidation
{
    /// <summary>A header tells them; the default.</summary>
    Warn,

    /// <summary>The request is refused.</summary>
    Strict,

    /// <summary>Nothing.</summary>
    Ignore,
}

/// <summary>Query parameters of create, update, patch and apply. Immutable.</summary>
internal sealed record WriteOptions
{
    private const int LongestManager = 128;

    /// <summary><c>dryRun=All</c>.</summary>
    public bool DryRun { get; init; }

    /// <summary><c>fieldManager</c>, or what stands for it in the User-Agent.</summary>
    public required string Manager { get; init; }

    /// <summary>Whether the client named a manager itself, which apply demands.</summary>
    public bool HasManager { get; init; }

    /// <summary><c>fieldValidation</c>.</summary>
    public FieldValidation Validation { get; init; }

    /// <summary><c>force</c>.</summary>
    public bool Force { get; init; }

    /// <summary>Reads the query.</summary>
    /// <exception cref="ApiException">422: a value is wrong.</exception>
    public static WriteOptions Read(HttpContext context)
    {
        var query = context.Request.Query;
        var manager = query["fieldManager"].ToString();
        var errors = new List<FieldError>();
        if (manager.Length > LongestManager)
        {
            errors.Add(new FieldError("fieldManager", FieldErrorReasons.TooLong, $"Too long: may not be more than {LongestManager} bytes"));
        }

        if (manager.Any(char.IsControl))
        {
            errors.Add(new FieldError("fieldManager", FieldErrorReasons.Invalid, "Invalid value: should only contain printable characters"));
        }

        FieldValidation validation = default;
        var validationText = query["fieldValidation"].ToString();
        if (validationText.Length > 0 && !(Enum.TryParse(validationText, out validation) && validationText == validation.ToString()))
        {
            errors.Add(new FieldError(
                "fieldValidation", FieldErrorReasons.NotSupported, $"Unsupported value: \"{validationText}\": supported values: \"Ignore\", \"Strict\", \"Warn\""));
        }

        var dryRun = ReadDryRun([.. query["dryRun"]], errors);
        if (errors.Count > 0)
        {
            throw ApiException.Invalid("meta.k8s.io", "WriteOptions", "", errors);
        }

        return new WriteOptions
        {
            DryRun = dryRun,
            Manager = manager.Length > 0 ? manager : ManagerOf(context.Request.Headers.UserAgent.ToString()),
            HasManager = manager.Length > 0,
            Validation = validation,
            Force = ReadBoolean(query["force"]),
        };
    }

    /// <summary>Reads <c>dryRun</c>, whose only value is All.</summary>
    public static bool ReadDryRun(IReadOnlyList<string?> values, List<FieldError> errors)
    {
        foreach (var value in values)
        {
            if (value is not "All")
            {
                errors.Add(new FieldError("dryRun", FieldErrorReasons.NotSupported, $"Unsupported value: \"{value}\": supported values: \"All\""));
            }
        }

        return values.Count > 0;
    }

    /// <summary>Booleans in queries: present without a value, 1 and true are true.</summary>
    public static bool ReadBoolean(Microsoft.Extensions.Primitives.StringValues value) =>
        value.Count > 0 && value[0] is "" or "1" or "true" or "True" or "TRUE" or "t" or "T";

    private static string ManagerOf(string userAgent)
    {
        var slash = userAgent.IndexOf('/');
        var name = new string([.. (slash < 0 ? userAgent : userAgent[..slash]).Where(c => !char.IsControl(c)).Take(LongestManager)]);
        return name.Length > 0 ? name : "unknown";
    }
}
