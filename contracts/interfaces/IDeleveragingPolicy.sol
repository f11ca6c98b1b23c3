// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Which position is deleveraged first
/// @notice A function of its arguments alone. It names the tranche class of a position and says how classes and buckets are reached; it
/// knows nothing of accounts and holds no state, so swapping the policy touches nothing else (architecture rule 4).
/// @dev `view` only because a policy may be made of another one, whose address it keeps as an immutable.
interface IDeleveragingPolicy {
    /// @notice The class of a position. Lower classes are reached first; inside a class the most profitable bucket first.
    /// @dev The rank of a tranche is `class << 11 | bucket rank`. Bit 3 of the class is reserved for hedged positions:
    /// tranches that carry it are charged only what the profit of all others cannot pay.
    /// @param entryPrice break-even price, quote per base, WAD
    /// @param leverage notional over account equity, WAD; type(uint256).max if equity is not positive
    /// @param hedged the position is covered by seasoned spot in the same account
    /// @return trancheClass 0..15
    function priority(uint256 entryPrice, uint256 leverage, bool hedged) external view returns (uint8 trancheClass);

    /// @notice Whether profitable tranches of one stage are torn up in proportion (true) or one after the other (false).
    function proportional() external view returns (bool);

    /// @notice The stage a class belongs to; a later stage is reached only when every earlier one is exhausted.
    /// @dev Only meaningful for proportional policies, where the tranches of one stage share in proportion.
    function stage(uint8 trancheClass) external view returns (uint8);

    /// @notice The leverage a class stands for, if the stages of the policy are shared so that leverage is levelled: every class above
    /// one leverage is brought down to it, the others are left. 0 if they are shared in proportion to size. WAD.
    /// @dev Only meaningful for proportional policies; inside a stage a later class never stands for more.
    function leverageOf(uint8 trancheClass) external view returns (uint256);
}
