// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The waterfall: book, backstop, insurance, deleveraging, socialised loss (mechanism section 7)
/// @notice Sizes are base, WAD; prices quote per base, WAD; money is quote, WAD.
interface ILiquidationEngine {
    /// @notice How the waterfall is paced. Rates are in parts per million.
    /// @param buffer how far above maintenance an account is brought before the book step stops
    /// @param slice part of a large position closed at once
    /// @param sliceAbove positions above this are closed in slices, quote, whole units
    /// @param cooldown seconds between two slices
    /// @param rewardRate liquidator's reward, of the notional closed
    /// @param maxReward most a call earns its caller, quote, whole units
    /// @param maxMakers most resting orders met in a call
    /// @param maxTranches most tranches reached at a time; a flat account's deficit goes on to the next as many in the same call
    struct Parameters {
        uint24 buffer;
        uint24 slice;
        uint64 sliceAbove;
        uint32 cooldown;
        uint24 rewardRate;
        uint32 maxReward;
        uint16 maxMakers;
        uint16 maxTranches;
    }

    // ---- errors ------------------------------------------------------------------------------------------------------

    /// @notice The account's equity covers its maintenance, at the bound that favours it if a price is uncertain.
    error NotLiquidatable(uint32 account, int256 equity, uint256 maintenanceMargin);
    /// @notice The account holds nothing in the market, and other positions that may be liquidated.
    error NoPosition(uint32 account, uint8 market);
    /// @notice A large position was sliced a moment ago and its account still has two thirds of its maintenance.
    error CoolingDown(uint32 account, uint8 market, uint256 until);
    /// @notice No step of the waterfall can do anything: the book offers nothing within `limit`, the backstop has no room, and
    /// the account is not bankrupt (or its deleveraging is up to the queue).
    error NothingToDo(
        uint32 account,
        uint8 market,
        int256 equity,
        uint256 maintenanceMargin,
        uint256 size,
        uint256 limit
    );
    /// @notice The caller may not trade for the account that is to buy, or it is the account that sells.
    error InvalidBuyer(uint32 buyer, address caller);
    /// @notice The buyer would pay more than it could withdraw.
    error BuyerCannotPay(uint32 buyer, uint256 price, uint256 withdrawable);
    /// @notice Selling this asset would not help the account, or it has none of it.
    error NoSpotToSell(uint32 account, uint8 asset, int256 equity, uint256 maintenanceMargin);
    /// @notice The account's short is covered by spot, and both go together: see unwindHedge. Base, WAD.
    error HedgeCovered(uint32 account, uint8 market, uint256 covered);
    /// @notice Nothing of the account's short is covered, nothing needs unwinding, or its equity is gone and the waterfall's to settle.
    error NoHedge(uint32 account, uint8 market, uint256 covered, int256 equity);
    /// @notice The buyer of a hedge would end below its initial margin.
    error BuyerUndermargined(uint32 buyer, int256 equity, uint256 initialMargin);
    /// @notice A parameter breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);

    // ---- events ------------------------------------------------------------------------------------------------------

    /// @notice Step 1: part of a position was closed on the book. The makers named in the book's events took it.
    /// @param size closed, signed as the position was
    /// @param paid what the fills came to
    /// @param limit the sliding bound
    /// @param bankruptcy price at which the position's share of equity would have been zero
    event PositionLiquidated(
        uint32 indexed account,
        uint8 indexed market,
        int256 size,
        uint256 paid,
        uint256 limit,
        uint256 bankruptcy
    );

    /// @notice Step 2: the backstop took over part of a position.
    /// @param cash margin it took over with it
    event PositionTakenOver(
        uint32 indexed account,
        uint8 indexed market,
        uint32 indexed vaultAccount,
        int256 size,
        uint256 price,
        uint256 cash
    );

    /// @notice Step 3: the insurance fund paid.
    /// @param deficit of the positions settled
    event DeficitInsured(uint32 indexed account, uint8 indexed market, uint256 deficit, uint256 paid);

    /// @notice Step 4: winners took the rest. The tranches are named in the ledger's events.
    /// @param size torn up, signed as the position was
    /// @param charged to the winners' profit
    event PositionDeleveraged(
        uint32 indexed account,
        uint8 indexed market,
        int256 size,
        uint256 price,
        uint256 charged,
        uint256 tranches
    );

    /// @notice Step 4 is the queue's from here on (markets with queue deleveraging). Base, WAD, signed.
    event DeleveragingQueued(uint32 indexed account, uint8 indexed market, int256 size);

    /// @notice Step 5: what no winner was left to take.
    /// @param size closed at mark against positions not in profit, signed as the position was
    /// @param loss written off as socialised
    event LossSocialised(uint32 indexed account, uint8 indexed market, int256 size, uint256 loss);

    /// @notice The whole call.
    /// @param size closed by all steps together, signed as the position was
    /// @param reward paid to the caller's account
    event Liquidation(
        uint32 indexed account,
        uint8 indexed market,
        address indexed liquidator,
        int256 size,
        int256 equityBefore,
        uint256 maintenanceBefore,
        int256 equityAfter,
        uint256 maintenanceAfter,
        uint256 reward
    );

    /// @notice Spot collateral was sold to the buyer at the index less the asset's discount.
    event SpotLiquidated(
        uint32 indexed account,
        uint32 indexed buyer,
        uint8 indexed asset,
        uint256 amount,
        uint256 paid
    );

    /// @notice Both legs of a hedge went to the buyer: so much of the short at mark, and as much spot for what was paid.
    event HedgeUnwound(
        uint32 indexed account,
        uint32 indexed buyer,
        uint8 indexed market,
        uint256 amount,
        uint256 paid
    );

    /// @notice How the waterfall is paced has changed.
    event ParametersSet(Parameters parameters);
    /// @notice The backstop vault was named; zero for none.
    event BackstopSet(address vault);
    /// @notice The insurance fund was named; zero for none.
    event InsuranceSet(address fund);

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @notice Runs the waterfall on one position of an account whose equity is below maintenance. Anyone.
    /// @dev Closes nothing and does not revert if all it met on the book was void orders with more behind them: call again.
    /// For an account without positions and with negative equity: insurance, then socialised loss. What the book step alone leaves
    /// such an account owing is settled likewise in the same call, be the price VALID or not, as no price decides it; without charging
    /// winners, whose profit a price decides.
    /// The part of a short that spot covers is not touched while the account has equity: it goes together with that spot, by
    /// `unwindHedge`, and `liquidate` reverts with HedgeCovered if it is all there is.
    /// @return closed base, WAD, by all steps together
    function liquidate(uint32 account, uint8 market) external returns (uint256 closed);

    /// @notice Unwinds a hedge: the buyer takes over part of an account's covered short at mark and pays for as much of the spot
    /// behind it, both in this call. Of an account below maintenance, anyone who may trade for the buyer, at most what brings it
    /// to its buffer, and below the index by up to the asset's discount, but by no more than half of the equity behind what
    /// is unwound. Of any other, only its owner or operator, at the index. Needs a VALID price. The account's orders in the market are void.
    /// @dev Reverts with NoHedge once the account's equity is gone: then `liquidate` closes the short and settles the deficit; and with
    /// InsufficientCash if the buyer cannot pay from cash that has matured.
    /// @param amount at most this much, base, WAD
    /// @return unwound base, WAD
    /// @return paid quote, WAD, rounded up against the buyer
    function unwindHedge(
        uint32 account,
        uint32 buyer,
        uint8 market,
        uint256 amount
    ) external returns (uint256 unwound, uint256 paid);

    /// @notice Sells spot collateral of an account below maintenance, or in debt without positions, to `buyer` at the index less
    /// the discount; at most what the account needs, and nothing that covers a short. Anyone who may trade for the buyer. What an
    /// account without positions still owes after its last spot is settled as by `liquidate`.
    /// @param amount at most this much, WAD of the asset
    /// @return sold WAD of the asset
    /// @return paid quote, WAD
    function liquidateSpot(
        uint32 account,
        uint32 buyer,
        uint8 asset,
        uint256 amount
    ) external returns (uint256 sold, uint256 paid);

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice Whether `liquidate` would find the account liquidatable now. False while a price it needs allows no liquidation.
    function isLiquidatable(uint32 account) external view returns (bool);

    /// @notice The mark at which the account becomes liquidatable, everything but this market standing still; 0 if none does.
    function liquidationPrice(uint32 account, uint8 market) external view returns (uint256);

    /// @notice The price at which the position's share of the account's equity is zero; 0 without a position.
    function bankruptcyPrice(uint32 account, uint8 market) external view returns (uint256);

    /// @notice Since when a position waits for the queue; 0 if it does not.
    function queuedAt(uint32 account, uint8 market) external view returns (uint256);
}
