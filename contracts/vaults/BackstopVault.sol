// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {ParameterLints} from "../logic/ParameterLints.sol";
import {RateLimit} from "../libraries/RateLimit.sol";
import {Health} from "../types/Account.sol";
import {OrderKind, OrderRequest, Placement} from "../types/Order.sol";
import {Action, Price, Validity} from "../types/Price.sol";
import {CooldownVault} from "./CooldownVault.sol";

/// @title Takes over liquidated positions inside hard limits
/// @notice Mechanism sections 7 (step 2) and 9. Every market has a ledger account of its own with capital allotted to it; when
/// that is gone the account is bankrupt like any other and the rest of the vault is untouched. Inventory goes back to the book
/// a little at a time.
contract BackstopVault is IBackstopVault, CooldownVault, AccessManaged {
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice Only the liquidation engine.
    error NotEngine(address caller);
    /// @notice The market has no account in the vault yet.
    error MarketNotBacked(uint8 market);
    /// @notice A limit breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);
    /// @notice Nothing could be sold back to the book within the bounds. Base, WAD; allowance quote, WAD.
    error NothingUnwound(uint8 market, int256 inventory, uint256 allowance);

    /// @notice The vault takes over part of a position; the ledger moves it next.
    /// @param size base, WAD, signed
    /// @param inventory base, WAD, signed: what the vault then holds
    /// @param equity of the market's account before it, quote, WAD
    event InventoryTaken(uint8 indexed market, int256 size, uint256 mark, int256 inventory, int256 equity);
    /// @notice Inventory went back to the book.
    /// @param size base, WAD: bought back positive, sold negative
    /// @param quote quote, WAD, received or paid for it
    /// @param inventory base, WAD, signed: what the vault then holds
    event InventoryUnwound(uint8 indexed market, address indexed caller, int256 size, uint256 quote, int256 inventory);
    /// @notice Capital moved between the main account and a market's. Quote, WAD; negative when recalled.
    event CapitalAllotted(uint8 indexed market, uint32 indexed account, int256 amount);
    /// @notice What a market may cost the vault has changed.
    event LimitsSet(uint8 indexed market, Limits limits);
    /// @notice How fast and how far off the mark inventory goes back has changed. Slippage in parts per million, amounts in
    /// whole quote units, window in seconds.
    event UnwindLimitsSet(uint8 indexed market, uint24 slippage, uint48 single, uint48 capacity, uint32 window);
    /// @notice How far mark and index of a market with inventory may be apart while shares are dealt in has changed, parts per million.
    event GapSet(uint8 indexed market, uint24 gap);
    /// @notice The liquidation engine was named.
    event EngineSet(address engine);

    /// @notice What a market may cost the vault.
    /// @param notional most inventory it holds, quote, whole units at mark
    /// @param loss most it loses in a window before it takes over no more, quote, whole units
    /// @param window seconds
    /// @param leverage most notional per equity of the market's account, parts per million
    struct Limits {
        uint64 notional;
        uint64 loss;
        uint32 window;
        uint32 leverage;
    }

    /// @dev One slot. `baseline` is the equity a window's loss is measured from, quote, WAD.
    /// `inventory` is what the vault held when last looked at, base, WAD: deleveraging may have shrunk it since.
    struct Exposure {
        int104 inventory;
        int112 baseline;
        uint40 since;
    }

    /// @notice One market of the vault as views show it.
    /// @param account its ledger account, 0 if the market is not backed
    /// @param inventory base, WAD, signed, as it is now
    /// @param equity quote, WAD
    /// @param baseline equity the window's loss is measured from, quote, WAD
    /// @param windowEndsAt when the baseline is next taken anew
    struct MarketView {
        uint32 account;
        int256 inventory;
        int256 equity;
        int256 baseline;
        uint256 windowEndsAt;
    }

    uint256 private constant MARKETS = 16;

    IOrderBook public immutable BOOK;
    IMarkPrice public immutable MARK_PRICE;

    /// @notice The liquidation engine.
    address public engine;

    /// @dev Bit m is set once market m has an account.
    uint16 private _backed;
    mapping(uint8 market => uint32) public accountOf;
    mapping(uint8 market => Limits) private _limits;
    mapping(uint8 market => Exposure) private _exposures;
    mapping(uint8 market => uint24) private _slippage;

    /// @notice Farthest the mark of a market with inventory may be from the index while shares are dealt in, parts per million of the
    /// index; 0 for any distance.
    mapping(uint8 market => uint24) public gapOf;
    mapping(uint8 market => RateLimit) private _unwinding;

    /// @param cooldown seconds from asking to redeem until it may be done; fixed for good
    constructor(
        IClearingHouse ledger,
        IOrderBook book,
        IMarkPrice markPrice,
        IERC20 asset_,
        address authority,
        uint256 cooldown
    ) CooldownVault(ledger, asset_, "Crossfire Backstop", "xfBACK", cooldown, 1 days) AccessManaged(authority) {
        BOOK = book;
        MARK_PRICE = markPrice;
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @notice Sells up to `size` of a market's inventory back to the book, no worse than the slippage bound off the mark and
    /// within the allowance. Anyone. Reverts with NothingUnwound if nothing could be done.
    /// @param size base, WAD
    /// @return unwound base, WAD
    function unwind(uint8 market, uint256 size) external nonReentrant returns (uint256 unwound) {
        uint32 account = accountOf[market];
        if (account == 0) revert MarketNotBacked(market);
        int256 inventory = _inventory(account, market);
        uint256 mark = MARK_PRICE.priceFor(market, Action.REDUCE).mark;
        uint256 allowance = _unwinding[market].room();
        size = FixedMath.min(FixedMath.min(size, FixedMath.abs(inventory)), (allowance * WAD) / mark);
        if (size == 0) revert NothingUnwound(market, inventory, allowance);
        bool buy = inventory < 0;
        uint256 paid;
        (unwound, paid) = _takeFromBook(account, market, buy, size, mark);
        if (unwound == 0) revert NothingUnwound(market, inventory, allowance);
        _unwinding[market].spend(FixedMath.min(allowance, FixedMath.wadUp(unwound, mark)));
        int256 left = buy ? inventory + int256(unwound) : inventory - int256(unwound);
        _exposures[market].inventory = left.toInt104();
        emit InventoryUnwound(market, msg.sender, buy ? int256(unwound) : -int256(unwound), paid, left);
    }

    /// @notice Takes note of inventory that deleveraging has shrunk, so that there is room again. Anyone.
    function sync(uint8 market) external {
        uint32 account = accountOf[market];
        if (account == 0) revert MarketNotBacked(market);
        _exposures[market].inventory = _inventory(account, market).toInt104();
    }

    // ---- the waterfall -----------------------------------------------------------------------------------------------

    /// @inheritdoc IBackstopVault
    /// @dev The inventory of record is looked at first: a vault that is full says so after two storage reads.
    function absorb(uint8 market, int256 size, uint256 mark) external returns (uint32 account, uint256 taken) {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        Limits memory limits = _limits[market];
        uint256 most = uint256(limits.notional) * WAD;
        if (most == 0) return (0, 0);
        Exposure memory exposure = _exposures[market];
        if (_room(exposure.inventory, size, most, mark) == 0) return (0, 0);
        account = accountOf[market];
        int256 equity = LEDGER.health(account).equity;
        if (equity <= 0 || _lossReached(limits, exposure, equity)) return (account, 0);
        most = FixedMath.min(most, (uint256(equity) * limits.leverage) / PPM);
        int256 inventory = _inventory(account, market);
        taken = FixedMath.min(FixedMath.abs(size), _room(inventory, size, most, mark));
        if (taken == 0) return (account, 0);
        int256 signed = size > 0 ? int256(taken) : -int256(taken);
        exposure.inventory = (inventory + signed).toInt104();
        _exposures[market] = exposure;
        emit InventoryTaken(market, signed, mark, exposure.inventory, equity);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Sets the engine. Governance.
    function setEngine(address engine_) external restricted {
        engine = engine_;
        emit EngineSet(engine_);
    }

    /// @notice Sets a market's limits. Governance. Reverts with UnsafeParameter if the leverage is beyond what the
    /// market allows, or the loss beyond the capital allotted to it.
    function setLimits(uint8 market, Limits calldata limits) external restricted {
        if (limits.window == 0) revert UnsafeParameter("a window of at least a second", 0, 1);
        _checkLimits(market, limits);
        _limits[market] = limits;
        emit LimitsSet(market, limits);
    }

    /// @notice Sets how fast and how far off the mark inventory goes back to the book. Governance.
    /// @param slippage parts per million off the mark
    /// @param single most at once, quote, whole units
    /// @param capacity most in a window, quote, whole units
    /// @param window seconds
    function setUnwindLimits(
        uint8 market,
        uint24 slippage,
        uint48 single,
        uint48 capacity,
        uint32 window
    ) external restricted {
        if (slippage >= PPM) revert UnsafeParameter("slippage below 100 %", slippage, PPM);
        if (window == 0) revert UnsafeParameter("a window of at least a second", 0, 1);
        if (single > capacity) revert UnsafeParameter("single at most the capacity", single, capacity);
        _slippage[market] = slippage;
        _unwinding[market].set(single, capacity, window);
        emit UnwindLimitsSet(market, slippage, single, capacity, window);
    }

    /// @notice Sets how far mark and index of a market with inventory may be apart while shares are dealt in. Governance.
    /// @param gap parts per million of the index; 0 turns the rule off
    function setGap(uint8 market, uint24 gap) external restricted {
        if (gap >= PPM) revert UnsafeParameter("gap below 100 %", gap, PPM);
        gapOf[market] = gap;
        emit GapSet(market, gap);
    }

    /// @notice Gives a market capital out of the main account, which opens the market's account the first time. Governance.
    /// @param amount quote, WAD
    function allot(uint8 market, uint256 amount) external restricted nonReentrant {
        if (market >= MARKETS) revert UnsafeParameter("market id below 16", market, MARKETS);
        uint32 account = accountOf[market];
        if (account == 0) {
            account = LEDGER.openAccount(market);
            accountOf[market] = account;
            _backed |= uint16(1 << market);
        }
        _exposures[market].baseline += amount.toInt256().toInt112();
        LEDGER.transfer(MAIN_ACCOUNT, account, amount);
        emit CapitalAllotted(market, account, amount.toInt256());
    }

    /// @notice Brings a market's capital back to the main account, as far as the ledger lets it be withdrawn. Governance. Reverts with
    /// UnsafeParameter if what is left bears less than the market's limit on loss, or the market no longer allows its leverage: set
    /// lower limits first.
    /// @param amount quote, WAD
    function recall(uint8 market, uint256 amount) external restricted nonReentrant {
        uint32 account = accountOf[market];
        if (account == 0) revert MarketNotBacked(market);
        _exposures[market].baseline -= amount.toInt256().toInt112();
        LEDGER.transfer(account, MAIN_ACCOUNT, amount);
        _checkLimits(market, _limits[market]);
        emit CapitalAllotted(market, account, -amount.toInt256());
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice A market of the vault as it is now.
    function marketView(uint8 market) external view returns (MarketView memory shown) {
        shown.account = accountOf[market];
        if (shown.account == 0) return shown;
        Exposure memory exposure = _exposures[market];
        shown.inventory = _inventory(shown.account, market);
        shown.equity = LEDGER.health(shown.account).equity;
        shown.baseline = exposure.baseline;
        shown.windowEndsAt = uint256(exposure.since) + _limits[market].window;
    }

    /// @notice The limits of a market.
    function limitsOf(uint8 market) external view returns (Limits memory) {
        return _limits[market];
    }

    /// @notice How inventory of a market goes back to the book: slippage in parts per million, and the allowance as stored.
    function unwindLimitsOf(uint8 market) external view returns (uint24 slippage, RateLimit memory allowance) {
        return (_slippage[market], _unwinding[market]);
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    /// @dev A market's account that owes more than it has costs the vault what was allotted to it and no more.
    function _netAssetValue() internal view override returns (uint256 value) {
        value = _positive(LEDGER.health(MAIN_ACCOUNT).equity);
        for (uint256 markets = _backed; markets != 0; markets &= markets - 1) {
            value += _positive(LEDGER.health(accountOf[uint8(LibBit.ffs(markets))]).equity);
        }
    }

    function _bringUpToDate() internal override {
        for (uint256 markets = _backed; markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            uint32 account = accountOf[market];
            Health memory health = LEDGER.healthFor(account, Action.VAULT);
            if (_isDue(health)) revert LiquidationDue(account, health.equity, health.maintenanceMargin);
            if (health.notional == 0) continue;
            Price memory price = MARK_PRICE.priceFor(market, Action.VAULT);
            if (_isLeft(market, price)) revert MarkAstray(market, price.mark, price.index);
        }
    }

    function _priceIsFair() internal view override returns (bool) {
        for (uint256 markets = _backed; markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            Health memory health = LEDGER.health(accountOf[market]);
            if (_isDue(health)) return false;
            if (health.notional == 0) continue;
            Price memory price = MARK_PRICE.peek(market);
            if (price.validity != Validity.VALID || _isLeft(market, price)) return false;
        }
        return true;
    }

    /// @dev Whether the index has left the mark behind by more than the market's gap.
    function _isLeft(uint8 market, Price memory price) private view returns (bool) {
        uint256 gap = gapOf[market];
        return gap != 0 && _isAstray(price, gap);
    }

    /// @dev Immediate-or-cancel, reduce-only, so any size will do.
    function _takeFromBook(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 mark
    ) private returns (uint256 filled, uint256 paid) {
        uint256 slippage = (mark * _slippage[market]) / PPM;
        OrderRequest memory request;
        request.market = market;
        request.buy = buy;
        request.kind = OrderKind.MARKET;
        request.reduceOnly = true;
        request.price = (buy ? mark + slippage : mark - slippage).toUint128();
        request.size = size.toUint96();
        Placement memory placement = BOOK.place(account, request);
        return (placement.filled, placement.quote);
    }

    /// @dev Whether the window's loss is used up. A new window measures from the equity it starts with; `exposure` is changed
    /// in memory and written by the caller if anything is taken over.
    function _lossReached(Limits memory limits, Exposure memory exposure, int256 equity) private view returns (bool) {
        if (block.timestamp >= uint256(exposure.since) + limits.window) {
            exposure.baseline = equity.toInt112();
            exposure.since = uint40(block.timestamp);
            return false;
        }
        return int256(exposure.baseline) - equity >= int256(uint256(limits.loss) * WAD);
    }

    /// @dev How much more of `size`'s side fits under a notional, given an inventory. Base, WAD, rounded down.
    function _room(int256 inventory, int256 size, uint256 most, uint256 mark) private pure returns (uint256) {
        int256 held =
            (inventory > 0) == (size > 0) ? int256(FixedMath.abs(inventory)) : -int256(FixedMath.abs(inventory));
        int256 room = int256((most * WAD) / mark) - held;
        return room > 0 ? uint256(room) : 0;
    }

    function _inventory(uint32 account, uint8 market) private view returns (int256) {
        return LEDGER.positionOf(account, market).size;
    }

    /// @dev A market's limits against its margin and the capital its account has now.
    function _checkLimits(uint8 market, Limits memory limits) private view {
        uint32 account = accountOf[market];
        uint256 allotted = account == 0 ? 0 : _positive(LEDGER.health(account).equity) / WAD;
        uint256 rate = LEDGER.marketConfig(market).initialMarginRate;
        ParameterLints.backstop(limits.loss, limits.leverage, allotted, rate);
    }

    function _positive(int256 amount) private pure returns (uint256) {
        return amount > 0 ? uint256(amount) : 0;
    }
}
